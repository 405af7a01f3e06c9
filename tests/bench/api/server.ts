/** The control plane as `kedge up` runs it, on the store that is measured: `--config FILE [--database URL]`. */

import { readConfig } from '#control-plane/platform/node/config.ts';
import { startControlPlane } from '#control-plane/platform/node.ts';
import { openHttpStore } from '#control-plane/store/http/open.ts';

const at = process.argv.indexOf('--database');
const url = at < 0 ? undefined : process.argv[at + 1];
const write = (line: string): void => void process.stderr.write(`${line}\n`);
const config = readConfig(process.argv);
const plane =
  url === undefined
    ? await startControlPlane(config, write)
    : await startControlPlane(config, write, (options) => openHttpStore({ ...options, url }));
process.once('SIGTERM', () => void plane.stop().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ ready: true, url: plane.url })}\n`);
