/** `npm run bench:scheduler [-- NAME]`: the workloads whose name contains NAME, or all. The mark is ten times what upstream demands of itself. */
import { run } from './run.ts';
import { workloads } from './workloads.ts';

const MARK = 10;
const wanted = process.argv[2] ?? '';
const write = (line: string): void => void process.stdout.write(`${line}\n`);

write(`${'workload'.padEnd(72)}${'pods/s'.padStart(9)}${'threshold'.padStart(11)}${'ratio'.padStart(8)}`);
let below = 0;
for (const workload of workloads) {
  if (!workload.name.includes(wanted)) continue;
  const { podsPerSecond } = run(workload);
  const ratio = podsPerSecond / workload.threshold;
  if (ratio < MARK) below++;
  write(
    `${workload.name.padEnd(72)}${podsPerSecond.toFixed(0).padStart(9)}${String(workload.threshold).padStart(11)}${`${ratio.toFixed(1)}x`.padStart(8)}`,
  );
}
if (below > 0) {
  write(`${below} below ${MARK} times the threshold`);
  process.exitCode = 1;
}
