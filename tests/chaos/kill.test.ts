/**
 * Drill 3: control plane or agent die by SIGKILL at twenty seeded points of a 50-pod rollout, measured in events of the engine, and are started again.
 * The rollout completes; by the engine's events each (pod, container, attempt) was created once and started once, and nothing healthy was restarted.
 * `KEDGE_SEED` runs another sequence.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { type EngineEvents, followEngine } from './engine-events.ts';
import { manifest, sleepDeployment } from './pods.ts';
import { seeded } from './seeded.ts';

const replicas = 50;
const kills = 20;
/** Per pod of a rollout: two creates and two starts of the new one, and kill, die, destroy (each twice) of the old one. */
const eventsOfRollout = replicas * 10;
const wish = process.env.KEDGE_SEED ?? '20261121';
const seed = wish === 'random' ? Date.now() % 2 ** 31 : Number(wish);

let cluster: TestCluster;
let events: EngineEvents;

beforeAll(async () => {
  cluster = await startCluster({ name: 'kill' });
  events = await followEngine(cluster);
});

afterAll(async () => {
  events?.stop();
  await cluster?.stop();
});

const victims = {
  agent: { kill: () => cluster.killAgent(), start: () => cluster.startAgent() },
  'control plane': { kill: () => cluster.killControlPlane(), start: () => cluster.startControlPlane() },
} as const;
type Victim = keyof typeof victims;

const drawPlan = (): { at: number; victim: Victim }[] => {
  const random = seeded(seed);
  const points = new Set<number>();
  while (points.size < kills) points.add(1 + random(Math.floor(eventsOfRollout * 0.7)));
  return [...points].sort((a, b) => a - b).map((at) => ({ at, victim: random(2) === 0 ? 'agent' : 'control plane' }));
};

interface PodView {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  spec: { containers: { args?: string[]; command?: string[] }[] };
  status: { phase: string; containerStatuses: { restartCount: number; ready: boolean; containerID: string }[] };
}
const pods = async () => (JSON.parse(await cluster.ok('get pods -l app=rollout -o json')) as { items: PodView[] }).items;

/** Subjects an action was done to more than once, and how often. */
const repeated = (action: string): string[] => {
  const counts = new Map<string, number>();
  for (const { subject } of events.of(action)) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([subject, count]) => `${subject} x ${count}`);
};

test(`a 50-pod rollout survives twenty kills (seed ${seed})`, { timeout: 900_000 }, async () => {
  const strategy = { rollingUpdate: { maxSurge: 8, maxUnavailable: 8 } };
  await cluster.ok('create -f -', { input: manifest(sleepDeployment('rollout', replicas, { strategy })) });
  await cluster.ok('rollout status deployment/rollout --timeout=280s', { timeoutMs: 290_000 });
  const before = await pods();
  expect(before).toHaveLength(replicas);

  const from = events.all.length;
  await cluster.ok(['patch', 'deployment', 'rollout', '-p', '{"spec":{"template":{"metadata":{"annotations":{"round":"two"}}}}}']);
  const killed: string[] = [];
  for (const { at, victim } of drawPlan()) {
    await waitFor(`event ${at} of the rollout`, () => events.all.length - from >= at, { timeoutMs: 120_000, intervalMs: 5 });
    killed.push(`${victim} at event ${events.all.length - from} (drawn: ${at})`);
    await victims[victim].kill();
    await victims[victim].start();
  }
  await cluster.ok('rollout status deployment/rollout --timeout=280s', { timeoutMs: 290_000 });
  const old = new Set(before.map(({ metadata }) => metadata.uid));
  await waitFor('the old pods to go', async () =>
    (await cluster.containers()).every(({ Labels }) => !old.has(Labels['kedge.dev/pod-uid'] as string)),
  );
  // the object goes after its containers
  await waitFor('their objects to go', async () => (await pods()).every(({ metadata }) => !old.has(metadata.uid)));

  const after = await pods();
  const story = killed.join('\n');
  expect(killed, story).toHaveLength(kills);
  expect(after, story).toHaveLength(replicas);
  for (const { metadata, status } of after) {
    expect(old.has(metadata.uid), story).toBe(false);
    expect(status.containerStatuses, story).toMatchObject([{ restartCount: 0, ready: true }]);
  }
  expect(repeated('create'), story).toEqual([]);
  expect(repeated('start'), story).toEqual([]);
  expect(events.of('restart'), story).toEqual([]);
  const alive = new Set(after.map(({ metadata }) => metadata.uid));
  expect(
    events.of('die', 'kill', 'stop', 'destroy', 'oom', 'pause').filter(({ podUid }) => alive.has(podUid)),
    story,
  ).toEqual([]);
  // Every pod the engine ever saw is one of the API's: no second set was made.
  expect(events.of('start').filter(({ subject }) => !subject.endsWith('/0'))).toEqual([]);
  expect((await cluster.containers()).filter(({ Labels }) => Labels['kedge.dev/pod-uid'])).toHaveLength(2 * replicas);
});
