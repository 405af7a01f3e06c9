/** The control plane as `kedge up` runs it, on the store that is measured: `--config FILE [--database URL]`. */

import { readConfig } from '#control-plane/platform/node/config.ts';
import { openNodeHttpStore } from '#control-plane/platform/node/http-store.ts';
import { startControlPlane } from '#control-plane/platform/node.ts';

const at = process.argv.indexOf('--database');
const url = at < 0 ? undefined : process.argv[at + 1];
const write = (line: string): void => void process.stderr.write(`${line}\n`);
const config = readConfig(process.argv);
const plane =
  url === undefined
    ? await startControlPlane(config, write)
    : await startControlPlane(config, write, (options) => openNodeHttpStore({ ...options, url }));
process.once('SIGTERM', () => void plane.stop().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ ready: true, url: plane.url })}\n`);
