/**
 * `npm run bench:scheduler [-- NAME]`: the workloads whose name contains NAME, or all, and then what else the scheduler must show. The mark is ten times
 * what upstream demands of itself. `workloads`, `rest` run one part.
 */
import { endToEnd } from './end-to-end.ts';
import { incremental } from './incremental.ts';
import { compare, noWorse } from './quality.ts';
import { run } from './run.ts';
import { workloads } from './workloads.ts';

const MARK = 10;
const MAX_IDLE_MS = 50;
const wanted = process.argv[2] ?? '';
const write = (line: string): void => void process.stdout.write(`${line}\n`);
const problems: string[] = [];

const runWorkloads = (): void => {
  write(`${'workload'.padEnd(72)}${'pods/s'.padStart(9)}${'per cpu s'.padStart(11)}${'threshold'.padStart(11)}${'ratio'.padStart(8)}`);
  for (const workload of workloads) {
    if (wanted !== 'workloads' && !workload.name.includes(wanted)) continue;
    const { podsPerSecond, podsPerCpuSecond } = run(workload);
    const ratio = podsPerSecond / workload.threshold;
    if (ratio < MARK) problems.push(`${workload.name} is below ${MARK} times the threshold`);
    const columns = [
      podsPerSecond.toFixed(0).padStart(9),
      podsPerCpuSecond.toFixed(0).padStart(11),
      String(workload.threshold).padStart(11),
      `${ratio.toFixed(1)}x`.padStart(8),
    ];
    write(workload.name.padEnd(72) + columns.join(''));
  }
};

const runIncremental = (): void => {
  const { coldMs, idleMs, oneNodeMs, growth } = incremental();
  write('\n5,000 nodes with 50,000 pods');
  write(
    `  state made from nothing ${coldMs.toFixed(0)} ms; nothing to do ${idleMs.toFixed(2)} ms; one node changed ${oneNodeMs.toFixed(2)} ms`,
  );
  for (const { pods, ms, cpuMs } of growth) {
    const each = ((cpuMs * 1000) / pods).toFixed(0);
    write(`  a Deployment of ${pods} new pods: ${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of processor, ${each} us a pod`);
  }
  if (idleMs > MAX_IDLE_MS) problems.push(`a pass with nothing to do took ${idleMs.toFixed(1)} ms`);
};

const runQuality = (): void => {
  write('\nquality beside a straightforward algorithm that tries every node (placed, nodes used, spread of cpu and memory in per cent)');
  for (const comparison of compare()) {
    const { name, kedge, reference } = comparison;
    for (const [who, q] of [
      ['kedge', kedge],
      ['reference', reference],
    ] as const) {
      write(`  ${name.padEnd(52)}${who.padEnd(11)}${q.placed} ${q.nodesUsed} ${q.cpuSpread.toFixed(2)} ${q.memorySpread.toFixed(2)}`);
    }
    if (!noWorse(comparison)) problems.push(`quality: ${name}`);
  }
};

if (wanted !== 'rest') runWorkloads();
if (wanted === '' || wanted === 'rest') {
  runIncremental();
  runQuality();
  write(`\nend to end, 5,000 pods on 1,000 nodes, each bind on disk: ${(await endToEnd()).toFixed(0)} pods/s`);
}
for (const problem of problems) write(`NOT MET: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
