/**
 * `npm run bench:api [-- --small] [-- --store file|http]`: calls, lists, watchers and writers against the control plane over TLS, on a file and on libSQL over
 * HTTP, and a table of marks. Ends with 1 when a mark is not met; `--small` only shows that everything runs. `--flags=...` are given to the control plane's Node.js.
 */
import { parseArgs } from 'node:util';
import type { StoreKind } from './plane.ts';
import { fullSizes, type Mark, runBench, smallSizes } from './run.ts';

const { values } = parseArgs({
  options: { small: { type: 'boolean' }, store: { type: 'string' }, flags: { type: 'string', default: '' } },
});
const kinds: readonly StoreKind[] = values.store ? [values.store as StoreKind] : ['file', 'http'];
const marks: Mark[] = [];
for (const kind of kinds) {
  const startMs = performance.now();
  const result = await runBench(kind, values.small ? smallSizes : fullSizes, {
    flags: values.flags.split(' ').filter(Boolean),
    say: console.log,
  });
  marks.push(...result.marks);
  console.log(`  ${((performance.now() - startMs) / 1000).toFixed(0)} s in all\n`);
}
console.log(`${'mark'.padEnd(60)}${'measured'.padEnd(28)}met`);
for (const { name, measured, met } of marks) console.log(`${name.padEnd(60)}${measured.padEnd(28)}${met ? 'yes' : 'NO'}`);
if (!values.small && marks.some(({ met }) => !met)) process.exitCode = 1;
