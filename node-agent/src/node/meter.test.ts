import { expect, it } from 'vitest';
import type { MetricsMessage } from '#schema/sync/protocol.ts';
import { ManualClock, quietLog } from '../pods/fixtures.ts';
import { createMeter } from './meter.ts';
import { memoryBytes, processorNanoseconds, readMachineUsage } from './usage.ts';

const START = 1_700_000_000_000;

const world = () => {
  const clock = new ManualClock(START);
  const sent: MetricsMessage[] = [];
  const stop = new AbortController();
  let containers = [{ name: 'app', id: 'a', startedAtMs: START - 60_000 }];
  const since = () => clock.now() - START;
  const meter = createMeter({
    clock,
    log: quietLog,
    pods: { running: () => [{ namespace: 'default', name: 'web', uid: 'u', containers }] },
    // a quarter of a processor each
    runtime: {
      usage: async (ids) =>
        new Map(ids.map((id) => [id, { cpuNanoseconds: (id === 'a' ? 5e9 : 0) + since() * 250_000, memoryBytes: 4096 }])),
    },
    machine: async () => ({ cpuNanoseconds: since() * 1_500_000, memoryBytes: 1e9 }),
  });
  const running = meter.run(stop.signal, (sample) => sent.push(sample));
  return {
    clock,
    sent,
    meter,
    add: (id: string) => {
      containers = [...containers, { name: id, id, startedAtMs: clock.now() }];
    },
    end: async () => {
      stop.abort();
      await running;
    },
  };
};

it('measures while somebody wants it, and only then', async () => {
  const { clock, sent, meter, end } = world();
  await clock.advance(60_000);
  expect(sent).toEqual([]);
  meter.want(20_000);
  await clock.advance(1_000);
  expect(sent).toEqual([
    {
      type: 'metrics',
      time: new Date(START + 61_000).toISOString(),
      windowMs: 1_000,
      node: { cpuNanoseconds: 91_500_000_000, cpuNanoCores: 1_500_000_000, memoryBytes: 1e9 },
      pods: [
        {
          namespace: 'default',
          name: 'web',
          uid: 'u',
          containers: [{ name: 'app', cpuNanoseconds: 20_250_000_000, cpuNanoCores: 250_000_000, memoryBytes: 4096 }],
        },
      ],
    },
  ]);
  await clock.advance(15_000);
  expect(sent.map(({ windowMs }) => windowMs)).toEqual([1_000, 15_000]);
  await clock.advance(300_000);
  expect(sent).toHaveLength(2);
  meter.want(1_000);
  await clock.advance(1_000);
  expect(sent.map(({ windowMs }) => windowMs)).toEqual([1_000, 15_000, 1_000]);
  await end();
});

it('counts a container that started in the window from its start', async () => {
  const { clock, sent, meter, add, end } = world();
  meter.want(60_000);
  await clock.advance(2_000);
  add('b');
  await clock.advance(15_000);
  expect(sent.at(-1)!.pods[0]!.containers.map(({ name }) => name)).toEqual(['app', 'b']);
  await end();
});

it('reads the machine', async () => {
  expect(processorNanoseconds('cpu  10 1 5 1000 50 2 3 4 99 0\ncpu0 1 1 1')).toBe(250_000_000);
  expect(memoryBytes('MemTotal:  1000 kB\nMemFree:  200 kB\nInactive:  9 kB\nInactive(file):  300 kB\n')).toBe(500 * 1024);
  expect((await readMachineUsage()).memoryBytes).toBeGreaterThan(0);
});
