/** The control plane in a process that tells its memory after a forced collection: forked with `--expose-gc`, `--config FILE`. */

import { readConfig } from '#control-plane/platform/node/config.ts';
import { startControlPlane } from '#control-plane/platform/node.ts';

const plane = await startControlPlane(readConfig(process.argv), (line) => void process.stderr.write(`${line}\n`));
process.on('message', (asked) => {
  if (asked === 'stop') void plane.stop().then(() => process.exit(0));
  if (asked !== 'heap') return;
  // the second takes what finalizers of the first let go
  for (let i = 0; i < 2; i++) globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  process.send!(heapUsed + external);
});
process.on('disconnect', () => process.exit(0));
process.send!('ready');
