/** What agents of the in-process hub report and may touch. */
import { expect, it } from 'vitest';
import { pods } from '#schema/core/pod.ts';
import { storageKey } from '#schema/resource.ts';
import type { AgentMessage } from '#schema/sync/protocol.ts';
import { hello, setUpHub } from './testing.ts';

it('registers the node, merges pod status by uid and sequence, and removes a pod that is gone', async () => {
  const { say, bound, store, hub } = await setUpHub();
  const pod = await bound('a', 'n1');
  await say([hello()]);
  const status = (sequence: number, phase: string, uid = pod.metadata.uid!) =>
    ({ id: sequence, kind: 'podStatus', namespace: 'default', name: 'a', uid, sequence, status: { phase, podIP: '10.64.0.2' } }) as const;
  const outcomes = async (reports: Extract<AgentMessage, { type: 'reports' }>['reports'], node = 'n1') => {
    const frames = await hub.exchange(node, [{ type: 'reports', reports }], 0);
    return frames.flatMap((frame) => (frame.type === 'outcomes' ? frame.outcomes.map(({ outcome }) => outcome) : []));
  };
  const read = async (resource: string, name: string, namespace = 'default') =>
    JSON.parse((await store.get({ resource, namespace, name }))?.body ?? 'null');

  const node = {
    id: 90,
    kind: 'node',
    labels: { 'kubernetes.io/os': 'linux' },
    annotations: {},
    status: { capacity: { cpu: '2' } },
  } as const;
  expect(await outcomes([node, status(2, 'Running')])).toEqual(['ok', 'ok']);
  expect(await read('core/nodes', 'n1', '')).toMatchObject({
    metadata: { labels: { 'kubernetes.io/hostname': 'n1', 'kubernetes.io/os': 'linux' } },
    status: { capacity: { cpu: '2' } },
  });
  expect((await read('core/pods', 'a')).status).toMatchObject({ phase: 'Running', podIP: '10.64.0.2' });

  expect(await outcomes([status(1, 'Pending'), status(3, 'Succeeded'), status(4, 'Running')])).toEqual(['ok', 'ok', 'ok']);
  expect((await read('core/pods', 'a')).status.phase).toBe('Succeeded');
  expect(await outcomes([status(5, 'Failed', 'another-uid')])).toEqual(['gone']);
  await hub.exchange('n2', [hello({ node: 'n2' })], 0);
  expect(await outcomes([status(6, 'Failed')], 'n2')).toEqual(['refused']);
  const gone = { id: 7, kind: 'podGone', namespace: 'default', name: 'a', uid: pod.metadata.uid! } as const;
  expect(await outcomes([gone], 'n2')).toEqual(['refused']);
  expect(await outcomes([gone])).toEqual(['ok']);
  expect(await read('core/pods', 'a')).toBeNull();
  expect(await outcomes([gone])).toEqual(['ok']);
});

it('joins repeated events into one with a count', async () => {
  const { say, bound, store } = await setUpHub();
  const pod = await bound('a', 'n1');
  await say([hello()]);
  const event = (id: number) =>
    ({
      id,
      kind: 'event',
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'a', uid: pod.metadata.uid! },
      eventType: 'Warning',
      reason: 'BackOff',
      message: 'again',
      time: '2026-01-01T00:00:01Z',
      component: 'kubelet',
    }) as const;
  await say([{ type: 'reports', reports: [event(1)] }]);
  await say([{ type: 'reports', reports: [event(2), event(3)] }]);
  const { items } = await store.list({ resource: 'core/events' });
  expect(items.map((item) => JSON.parse(item.body))).toMatchObject([{ reason: 'BackOff', count: 3, source: { host: 'n1' } }]);
  const foreign = { ...event(4), involvedObject: { kind: 'Node', name: 'n2' } };
  expect(await say([{ type: 'reports', reports: [foreign] }])).toMatchObject([{ outcomes: [{ outcome: 'refused' }] }]);
});

it('allows a node what its view holds, and no more', async () => {
  const { bound, hub } = await setUpHub();
  await bound('a', 'n1', { envFrom: [{ secretRef: { name: 's' } }] });
  const ask = async (node: string, more: object) => {
    const request = { verb: 'get', group: '', resource: 'secrets', subresource: '', namespace: 'default', name: 's', fieldSelector: '' };
    return (await hub.authorizeNode(node, { ...request, ...more })).allowed;
  };
  expect(await ask('n1', {})).toBe(true);
  expect(await ask('n2', {})).toBe(false);
  expect(await ask('n1', { name: 'other' })).toBe(false);
  expect(await ask('n1', { verb: 'list', name: '' })).toBe(false);
  expect(await ask('n1', { verb: 'update' })).toBe(false);
  expect(await ask('n1', { resource: storageKey(pods).split('/')[1], name: 'a', verb: 'delete' })).toBe(true);
  expect(await ask('n2', { resource: 'pods', name: 'a', verb: 'delete' })).toBe(false);
  expect(await ask('n1', { resource: 'pods', name: '', verb: 'list', fieldSelector: 'spec.nodeName=n1' })).toBe(true);
  expect(await ask('n1', { resource: 'pods', name: '', verb: 'list', fieldSelector: 'spec.nodeName!=n1' })).toBe(false);
  expect(await ask('n1', { resource: 'nodes', namespace: '', name: 'n2', verb: 'patch' })).toBe(false);
  expect(await ask('n1', { resource: 'serviceaccounts', subresource: 'token', name: 'default', verb: 'create' })).toBe(true);
  expect(await ask('n1', { resource: 'serviceaccounts', subresource: 'token', name: 'admin', verb: 'create' })).toBe(false);
  expect(await ask('n1', { resource: 'configmaps', namespace: 'kube-system', name: '', verb: 'create' })).toBe(false);
});
