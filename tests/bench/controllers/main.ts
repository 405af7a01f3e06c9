/**
 * `npm run bench:controllers [-- SIZE...]`: what one Deployment costs the control loop, by the number of its pods (1k, 10k, 100k) and beside a cluster of
 * others. Everything is real but the agents: controllers, registry, store in memory. The mark is proportion: ten times the pods may take at most
 * MAX_GROWTH times as long a pod.
 */

import { admin, createTestWorld, type TestWorld } from '#control-plane/controller-runtime/testing.ts';
import { controllers } from '#control-plane/controllers/controllers.ts';
import { deployments } from '#schema/apps/deployment.ts';
import type { KubeObject } from '#schema/resource.ts';

/** A pod of a large Deployment costs at most this times what one of a small one does. */
const MAX_GROWTH = 3;
const sizes = process.argv.slice(2).map(Number).filter(Boolean);

const deployment = (name: string, replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  },
});

/** Milliseconds of processor time: others may use the machine, too. */
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

const CHANGES = 10;

/** Mean of several, each brought to rest. */
const change = async (world: TestWorld, edit: (spec: any) => void): Promise<number> => {
  const total = await timed(async () => {
    for (let i = 0; i < CHANGES; i++) {
      await world.update(deployments, 'default', 'web', ({ spec }) => edit(spec));
      await world.settle();
    }
  });
  return total / CHANGES;
};

interface Row {
  readonly pods: number;
  readonly others: number;
  /** From the Deployment to all of its pods. */
  readonly createMs: number;
  /** One replica more. */
  readonly scaleMs: number;
  /** Another image: a ReplicaSet more and its first pod. */
  readonly rolloutMs: number;
}

const measure = async (pods: number, others: number): Promise<Row> => {
  const world = createTestWorld({ controllers: controllers.filter(({ name }) => name !== 'default-scheduler') });
  await world.settle();
  for (let i = 0; i * 1000 < others; i++) await world.create(deployments, deployment(`other-${i}`, Math.min(1000, others - i * 1000)));
  await world.settle();
  const createMs = await timed(async () => {
    const [made] = await world.registry.applyAll([{ op: 'create', definition: deployments, object: deployment('web', pods) }], admin);
    if (made?.status !== 'ok') throw new Error('the Deployment was refused');
    await world.settle();
  });
  const scaleMs = await change(world, (spec) => {
    spec.replicas++;
  });
  let version = 2;
  const rolloutMs = await change(world, (spec) => {
    spec.template.spec.containers[0].image = `nginx:${version++}`;
  });
  return { pods, others, createMs, scaleMs, rolloutMs };
};

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const ms = (value: number): string => value.toFixed(1).padStart(12);

write(
  `${'its pods'.padStart(9)}${'others'.padStart(9)}${'create ms'.padStart(12)}${'us a pod'.padStart(10)}${'+1 pod ms'.padStart(12)}${'rollout ms'.padStart(12)}`,
);
const cases =
  sizes.length > 0
    ? sizes.map((pods) => [pods, 0] as const)
    : ([
        [1000, 0],
        [10_000, 0],
        [100_000, 0],
        [1000, 100_000],
      ] as const);
// the first run warms the code up
await measure(1000, 0);
const rows: Row[] = [];
for (const [pods, others] of cases) {
  const row = await measure(pods, others);
  rows.push(row);
  const { createMs, scaleMs, rolloutMs } = row;
  const each = ((createMs * 1000) / pods).toFixed(0).padStart(10);
  write(`${String(pods).padStart(9)}${String(others).padStart(9)}${ms(createMs)}${each}${ms(scaleMs)}${ms(rolloutMs)}`);
}

const [first] = rows;
const tooMuch = rows.filter(({ pods, createMs }) => first && createMs / pods > (MAX_GROWTH * first.createMs) / first.pods);
for (const { pods } of tooMuch) write(`a pod of a Deployment of ${pods} costs more than ${MAX_GROWTH} times one of ${first?.pods}`);
process.exitCode = tooMuch.length > 0 ? 1 : 0;
