/** `/stats/summary`: what node, pods and containers use, in the kubelet's form. Pure. */
import { toRfc3339 } from '#schema/meta/time.ts';
import type { ContainerUsage } from '../runtime/runtime.ts';
import type { Reading } from './usage-readings.ts';

const usageOf = (now: ContainerUsage, before: ContainerUsage | undefined, { atMs, windowMs }: { atMs: number; windowMs: number }) => {
  const time = toRfc3339(atMs);
  const rate = before ? Math.round((Math.max(0, now.cpuNanoseconds - before.cpuNanoseconds) * 1000) / windowMs) : undefined;
  return {
    cpu: { time, ...(rate === undefined ? {} : { usageNanoCores: rate }), usageCoreNanoSeconds: now.cpuNanoseconds },
    memory: { time, usageBytes: now.memoryBytes, workingSetBytes: now.memoryBytes },
  };
};

const sum = (all: readonly ContainerUsage[]): ContainerUsage => ({
  cpuNanoseconds: all.reduce((total, { cpuNanoseconds }) => total + cpuNanoseconds, 0),
  memoryBytes: all.reduce((total, { memoryBytes }) => total + memoryBytes, 0),
});

export const statsSummary = (
  [before, now]: readonly [Reading, Reading],
  node: { readonly name: string; readonly memoryBytes: number; readonly startedAtMs: number },
): object => {
  const at = { atMs: now.atMs, windowMs: Math.max(1, now.atMs - before.atMs) };
  const machine = usageOf(now.machine, before.machine, at);
  return {
    node: {
      nodeName: node.name,
      startTime: toRfc3339(node.startedAtMs),
      cpu: machine.cpu,
      memory: { ...machine.memory, availableBytes: Math.max(0, node.memoryBytes - now.machine.memoryBytes) },
    },
    pods: now.pods.map(({ namespace, name, uid, containers }) => {
      const measured = containers.flatMap((container) => {
        const usage = now.usage.get(container.id);
        return usage ? [{ ...container, usage, earlier: before.usage.get(container.id) }] : [];
      });
      const earlier = measured.flatMap((one) => one.earlier ?? []);
      const whole = usageOf(sum(measured.map(({ usage }) => usage)), earlier.length === measured.length ? sum(earlier) : undefined, at);
      return {
        podRef: { name, namespace, uid },
        startTime: toRfc3339(Math.min(...containers.map(({ startedAtMs }) => startedAtMs))),
        containers: measured.map((one) => ({
          name: one.name,
          startTime: toRfc3339(one.startedAtMs),
          ...usageOf(one.usage, one.earlier, at),
        })),
        ...whole,
      };
    }),
  };
};
