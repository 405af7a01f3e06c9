import { defineConfig } from 'vitest/config';

/** A busy machine is slow, not wrong. */
const expect = { poll: { timeout: 30_000 } };

const e2e = (...names: string[]): string[] => names.map((name) => `tests/e2e/${name}.test.ts`);

/** About a third of the clusters' time each: they run beside the others, and behind `workerd`. */
const beside = [
  'tests/chaos/away-agent.test.ts',
  'tests/chaos/strange-control-plane.test.ts',
  ...e2e('autopilot', 'charts', 'documentation', 'failover', 'helm', 'join', 'rollout', 'workloads'),
];
const behind = e2e('basics', 'in-cluster', 'operator', 'transcripts', 'webhooks');

export default defineConfig({
  test: {
    // both cores of a small machine; suites that need quiet run their files one by one
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          expect,
          // modules are loaded once for a worker's files: half the time of a run; state of a module is nobody's to lean on
          isolate: false,
          include: ['{schema,control-plane,node-agent,infra}/**/*.test.ts', 'tests/harness/**/*.test.ts'],
          exclude: ['**/*.docker.test.ts', '**/node_modules/**'],
          environment: 'node',
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'docker',
          expect,
          include: ['{node-agent,infra}/**/*.docker.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'integration',
          expect,
          include: ['tests/{integration,conformance}/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'workerd',
          expect,
          include: ['tests/workerd/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e-beside',
          expect,
          include: beside,
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e-behind',
          expect,
          include: behind,
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          expect,
          include: ['tests/{e2e,chaos}/**/*.test.ts'],
          exclude: [...beside, ...behind],
          environment: 'node',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
