import { describe, expect, it } from 'vitest';
import { row } from '../conformance/accept.ts';
import { type Pod, type PodStatus, pods } from './pod.ts';

const NOW = Date.parse('2024-05-01T12:00:00Z');
const running = { running: { startedAt: '2024-05-01T11:59:00Z' } };

const pod = (
  status: Partial<PodStatus>,
  rest: { deleted?: boolean; init?: Pod['spec']['initContainers']; containers?: number } = {},
): Pod => ({
  metadata: {
    name: 'web',
    creationTimestamp: '2024-05-01T11:00:00Z',
    ...(rest.deleted ? { deletionTimestamp: '2024-05-01T12:00:30Z' } : {}),
  },
  spec: {
    containers: Array.from({ length: rest.containers ?? 1 }, (_, i) => ({ name: `c${i}`, image: 'nginx' })),
    ...(rest.init ? { initContainers: rest.init } : {}),
  },
  status: { phase: 'Pending', ...status },
});

const status = (name: string, state: object, more: object = {}) => ({
  name,
  image: '',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  ...more,
});
const ready = { ready: true };
const isReady = [{ type: 'Ready', status: 'True' }];

const cases: [string, Pod, { Ready: string; Status: string; Restarts?: string }][] = [
  ['nothing reported yet', pod({}), { Ready: '0/1', Status: 'Pending' }],
  [
    'held by a gate',
    pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
    { Ready: '0/1', Status: 'SchedulingGated' },
  ],
  [
    'being created',
    pod({ containerStatuses: [status('c0', { waiting: { reason: 'ContainerCreating' } })] }),
    { Ready: '0/1', Status: 'ContainerCreating' },
  ],
  ['running', pod({ phase: 'Running', containerStatuses: [status('c0', running, ready)] }), { Ready: '1/1', Status: 'Running' }],
  ['running, not ready', pod({ phase: 'Running', containerStatuses: [status('c0', running)] }), { Ready: '0/1', Status: 'Running' }],
  [
    'crash loop',
    pod({
      phase: 'Running',
      containerStatuses: [
        status(
          'c0',
          { waiting: { reason: 'CrashLoopBackOff' } },
          {
            restartCount: 3,
            lastState: { terminated: { exitCode: 1, finishedAt: '2024-05-01T11:59:55Z' } },
          },
        ),
      ],
    }),
    { Ready: '0/1', Status: 'CrashLoopBackOff', Restarts: '3 (5s ago)' },
  ],
  [
    'completed',
    pod({ phase: 'Succeeded', containerStatuses: [status('c0', { terminated: { exitCode: 0, reason: 'Completed' } })] }),
    { Ready: '0/1', Status: 'Completed' },
  ],
  [
    'failed without a reason',
    pod({ phase: 'Failed', containerStatuses: [status('c0', { terminated: { exitCode: 3 } })] }),
    { Ready: '0/1', Status: 'ExitCode:3' },
  ],
  [
    'ended by a signal',
    pod({ phase: 'Failed', containerStatuses: [status('c0', { terminated: { exitCode: 137, signal: 9 } })] }),
    { Ready: '0/1', Status: 'Signal:9' },
  ],
  [
    'out of memory',
    pod({ phase: 'Failed', containerStatuses: [status('c0', { terminated: { exitCode: 137, reason: 'OOMKilled' } })] }),
    { Ready: '0/1', Status: 'OOMKilled' },
  ],
  ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), { Ready: '0/1', Status: 'Evicted' }],
  [
    'one of two completed, the other ready',
    pod(
      {
        phase: 'Running',
        conditions: isReady,
        containerStatuses: [status('c0', { terminated: { exitCode: 0, reason: 'Completed' } }), status('c1', running, ready)],
      },
      { containers: 2 },
    ),
    { Ready: '1/2', Status: 'Running' },
  ],
  [
    'one of two completed, the pod not ready',
    pod(
      {
        phase: 'Running',
        containerStatuses: [status('c0', { terminated: { exitCode: 0, reason: 'Completed' } }), status('c1', running, ready)],
      },
      { containers: 2 },
    ),
    { Ready: '1/2', Status: 'NotReady' },
  ],
  [
    'second init container at work',
    pod(
      { initContainerStatuses: [status('a', { terminated: { exitCode: 0 } }), status('b', running)] },
      { init: [{ name: 'a' }, { name: 'b' }] },
    ),
    { Ready: '0/1', Status: 'Init:1/2' },
  ],
  [
    'init container waits',
    pod({ initContainerStatuses: [status('a', { waiting: { reason: 'PodInitializing' } })] }, { init: [{ name: 'a' }] }),
    { Ready: '0/1', Status: 'Init:0/1' },
  ],
  [
    'init container cannot be pulled',
    pod({ initContainerStatuses: [status('a', { waiting: { reason: 'ErrImagePull' } })] }, { init: [{ name: 'a' }] }),
    { Ready: '0/1', Status: 'Init:ErrImagePull' },
  ],
  [
    'init container failed',
    pod(
      { initContainerStatuses: [status('a', { terminated: { exitCode: 1, reason: 'Error' } }, { restartCount: 2 })] },
      { init: [{ name: 'a' }] },
    ),
    { Ready: '0/1', Status: 'Init:Error', Restarts: '2' },
  ],
  [
    'sidecar counts as a container, its restarts too',
    pod(
      {
        phase: 'Running',
        initContainerStatuses: [status('side', running, { started: true, ready: true, restartCount: 1 })],
        containerStatuses: [status('c0', running, { ready: true, restartCount: 2 })],
      },
      { init: [{ name: 'side', restartPolicy: 'Always' }] },
    ),
    { Ready: '2/2', Status: 'Running', Restarts: '3' },
  ],
  [
    'restarts of finished init containers do not count',
    pod(
      {
        phase: 'Running',
        initContainerStatuses: [status('a', { terminated: { exitCode: 0 } }, { restartCount: 5 })],
        containerStatuses: [status('c0', running, ready)],
      },
      { init: [{ name: 'a' }] },
    ),
    { Ready: '1/1', Status: 'Running', Restarts: '0' },
  ],
  [
    'being deleted',
    pod({ phase: 'Running', containerStatuses: [status('c0', running, ready)] }, { deleted: true }),
    { Ready: '1/1', Status: 'Terminating' },
  ],
  [
    'deleted after it ended',
    pod({ phase: 'Succeeded', containerStatuses: [status('c0', { terminated: { exitCode: 0, reason: 'Completed' } })] }, { deleted: true }),
    { Ready: '0/1', Status: 'Completed' },
  ],
  ['deleted on a lost node', pod({ phase: 'Running', reason: 'NodeLost' }, { deleted: true }), { Ready: '0/1', Status: 'Unknown' }],
];

describe('the row of a pod', () => {
  it.each(cases)('%s', (_, object, expected) => {
    expect(row(pods, object, NOW)).toMatchObject({ Name: 'web', Age: '60m', Restarts: '0', ...expected });
  });

  it('names addresses and gates in the wide form', () => {
    const object = pod({ podIPs: [{ ip: '10.1.2.3' }], conditions: [{ type: 'example.com/x', status: 'True' }] });
    object.spec.nodeName = 'n1';
    object.spec.readinessGates = [{ conditionType: 'example.com/x' }, { conditionType: 'example.com/y' }];
    expect(row(pods, object, NOW)).toMatchObject({ IP: '10.1.2.3', Node: 'n1', 'Nominated Node': '<none>', 'Readiness Gates': '1/2' });
    expect(row(pods, pod({}), NOW)).toMatchObject({ IP: '<none>', Node: '<none>', 'Readiness Gates': '<none>' });
  });
});
