/** Views, incarnations and presence of the agents of the in-process hub. */
import { expect, it } from 'vitest';
import type { AgentMessage } from '#schema/sync/protocol.ts';
import { hello, setUpHub, viewIn } from './testing.ts';

it('makes the Lease of a node whose agent is there', async () => {
  const { say, create, store } = await setUpHub();
  await create('core/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-node-lease' } });
  await say([hello()]);
  const key = { resource: 'coordination.k8s.io/leases', namespace: 'kube-node-lease', name: 'n1' };
  await expect.poll(async () => JSON.parse((await store.get(key))?.body ?? '{}').spec).toMatchObject({ holderIdentity: 'n1' });
});

it('gives a whole view, then differences, with Secrets opened', async () => {
  const { say, bound, create } = await setUpHub();
  await create('core/secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'default' },
    data: { k: btoa('canary') },
  });
  await bound('a', 'n1', { envFrom: [{ secretRef: { name: 's' } }] });
  await bound('elsewhere', 'n2');
  const first = viewIn(await say([hello()]));
  expect(first.base).toBeUndefined();
  expect(first.complete).toBe(true);
  expect(Object.keys(first.put).sort()).toEqual(['core/pods/default/a', 'core/secrets/default/s', 'core/serviceaccounts/default/default']);
  expect(first.put['core/secrets/default/s']?.data).toEqual({ k: btoa('canary') });
  expect(await say([])).toEqual([]);
  await bound('b', 'n1');
  const second = viewIn(await say([]));
  expect(second.base).toBe(first.revision);
  expect(Object.keys(second.put)).toEqual(['core/pods/default/b']);
});

it('confirms with an empty difference when the agent has it all, and sends everything when the digest is another', async () => {
  const { say, bound } = await setUpHub();
  await bound('a', 'n1');
  const first = viewIn(await say([hello()]));
  const { incarnation, revision, digest } = first;
  const again = viewIn(await say([hello({ incarnation, revision, digest })]));
  expect(again).toMatchObject({ base: revision, put: {}, remove: [], complete: true });
  const whole = viewIn(await say([hello({ incarnation, revision, digest: 'bad' })]));
  expect(whole.base).toBeUndefined();
});

it('serves no view to an agent that is ahead of it, nor to one of another cluster', async () => {
  const { say } = await setUpHub();
  const { incarnation } = viewIn(await say([hello()]));
  expect(await say([hello({ incarnation, revision: 10_000 })])).toMatchObject([{ type: 'goAway' }]);
  expect(await say([hello({ clusterUid: 'another' })])).toMatchObject([{ type: 'goAway' }]);
});

it('begins a new incarnation for an agent that shows a past which the database lacks, and tells every agent', async () => {
  const lost = await setUpHub('one');
  for (const name of ['a', 'b', 'c']) await lost.bound(name, 'n1');
  const { revision, digest, mark } = viewIn(await lost.say([hello()]));
  const { say, bound, create } = await setUpHub('one');
  await bound('a', 'n1');
  await bound('other', 'n2');
  expect(viewIn(await say([hello({ node: 'n2' })], 'n2')).incarnation).toBe('one');
  const shown = hello({ incarnation: 'one', revision, digest: digest ?? '', ...(mark ? { mark } : {}) });
  const view = viewIn(await say([shown]));
  expect([view.base, Object.keys(view.put).filter((key) => key.startsWith('core/pods'))]).toEqual([undefined, ['core/pods/default/a']]);
  expect([view.incarnation === 'one', view.revision > revision]).toEqual([false, true]);
  const others = viewIn(await say([], 'n2'));
  expect([others.base, others.incarnation]).toEqual([undefined, view.incarnation]);
  // and it goes on from there
  await create('core/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'default' } });
  await bound('b', 'n1');
  expect(viewIn(await say([]))).toMatchObject({ base: view.revision, incarnation: view.incarnation });
});

it('asks connected agents to measure, and hands out what they send', async () => {
  const { say, hub, create, bound } = await setUpHub();
  await create('core/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  const { metadata } = await bound('a', 'n1');
  await say([hello()]);
  const asked = hub.metrics!();
  expect(await say([])).toMatchObject([{ type: 'wantMetrics', forMs: expect.any(Number) }]);
  const usage = { cpuNanoseconds: 1, cpuNanoCores: 2, memoryBytes: 3 };
  const pod = { namespace: 'default', name: 'a', uid: metadata.uid!, containers: [{ name: 'c', ...usage }] };
  await say([{ type: 'metrics', time: '2026-01-01T00:00:00.000Z', windowMs: 15_000, node: usage, pods: [pod] }]);
  expect((await asked).samples).toMatchObject([{ node: 'n1', sample: { node: usage, pods: [{ name: 'a' }] } }]);
});

it('refuses a second agent of one name while the first is alive, and takes a restart of the first', async () => {
  const { say, pass } = await setUpHub();
  const as = (instance: string, process: string) => [hello({ agent: { instance, process, host: `host-${instance}` } })];
  const types = async (messages: readonly AgentMessage[]) => (await say(messages)).map(({ type }) => type);
  expect(await types(as('one', 'p1'))).toContain('view');
  expect(await say(as('two', 'p2'))).toEqual([
    {
      type: 'goAway',
      reason: expect.stringMatching(/machine "host-one", speaks for node "n1": stop it, or/),
      retryAfterMs: 30_000,
      final: false,
    },
  ]);
  expect(await types(as('one', 'p1'))).toContain('view');
  expect(await types(as('one', 'p3'))).toContain('view');
  // the process that gave way runs on: a copied machine, not a restart
  expect(await types(as('one', 'p1'))).toEqual(['goAway']);
  expect(await types(as('one', 'p3'))).toContain('view');
  pass(71_000);
  expect(await types(as('two', 'p2'))).toContain('view');
  // an agent of before this check
  expect(await types([hello()])).toContain('view');
});

it('answers the newest poll of a node, and ends the one it held before with nothing', async () => {
  const { say, bound, hub } = await setUpHub();
  const pod = await bound('a', 'n1');
  await say([hello()]);
  const held = hub.exchange('n1', [], 20_000);
  const status = { phase: 'Running', podIP: '10.64.0.2' };
  const report = { id: 1, kind: 'podStatus', namespace: 'default', name: 'a', uid: pod.metadata.uid!, sequence: 1, status } as const;
  const frames = await say([{ type: 'reports', reports: [report] }]);
  expect(frames.find((frame) => frame.type === 'outcomes')).toMatchObject({ outcomes: [{ outcome: 'ok' }] });
  expect(await held).toEqual([]);
  const next = hub.exchange('n1', [], 20_000);
  await bound('b', 'n1');
  expect(Object.keys(viewIn(await next).put)).toContain('core/pods/default/b');
});

it('asks a poller that it does not know to say hello', async () => {
  const { say } = await setUpHub();
  expect(await say([])).toMatchObject([{ type: 'goAway', retryAfterMs: 0 }]);
});

it('knows polling agents as connected until they stay away', async () => {
  const { say, hub, pass } = await setUpHub();
  await say([hello()]);
  expect((await hub.liveness()).nodes).toMatchObject([{ node: 'n1', connected: true }]);
  const open = { session: 's1', kind: 'logs', namespace: 'default', pod: 'a', podUid: 'u', container: 'c', params: {} } as const;
  expect(await hub.openStream('n1', open)).toBe(true);
  expect(await say([])).toEqual([{ type: 'openStream', ...open }]);
  pass(71_000);
  expect((await hub.liveness()).nodes).toMatchObject([{ node: 'n1', connected: false }]);
  expect(await hub.openStream('n1', open)).toBe(false);
});
