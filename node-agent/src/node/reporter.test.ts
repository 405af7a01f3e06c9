import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Report } from '#schema/sync/protocol.ts';
import { ManualClock, MemorySink, MemoryView, quietLog } from '../pods/fixtures.ts';
import { MemoryRuntime } from '../runtime/memory/memory-runtime.ts';
import { nodeAddress } from './address.ts';
import { nodeConditions } from './conditions.ts';
import { createNodeReporter, type NodeReporter } from './reporter.ts';

type NodeReport = Extract<Report, { kind: 'node' }> & { status: any };

let dir: string;
let runtime: MemoryRuntime;
let view: MemoryView;
let sink: MemorySink;
let problems: string[];
let network: { readonly problems: string[]; down?: string };
let reporter: NodeReporter;
const sent = () => sink.reports as unknown as NodeReport[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kedge-node-'));
  const clock = new ManualClock();
  runtime = new MemoryRuntime({ clock, clusterUid: 'c', images: ['a:1', 'b:1'] });
  view = new MemoryView();
  sink = new MemorySink();
  problems = [];
  network = { problems };
  reporter = createNodeReporter({
    runtime,
    view,
    reports: sink,
    network,
    clock,
    log: quietLog,
    hostIP: '192.0.2.10',
    settings: { clusterUid: 'c', nodeName: 'n1', dir, server: '', serviceCIDR: '', clusterDNS: '', clusterDomain: 'cluster.local' },
  });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('registers the node as a kubelet would', async () => {
  await reporter.check();
  expect(sent()).toHaveLength(1);
  const { labels, status } = sent()[0]!;
  expect(labels).toEqual({ 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': 'n1', 'kubernetes.io/os': 'linux' });
  expect(status.capacity).toMatchObject({ cpu: '4', memory: '8388608Ki', pods: '110' });
  expect(status.allocatable).toMatchObject({ cpu: '4', memory: '8286208Ki', pods: '110' });
  expect(status.addresses).toEqual([
    { type: 'InternalIP', address: '192.0.2.10' },
    { type: 'Hostname', address: 'n1' },
  ]);
  expect(status.images).toEqual([
    { names: ['a:1'], sizeBytes: 1 },
    { names: ['b:1'], sizeBytes: 1 },
  ]);
  expect(status.nodeInfo).toMatchObject({ containerRuntimeVersion: 'memory://1', operatingSystem: 'linux', architecture: 'amd64' });
  expect(status.conditions.find(({ type }: { type: string }) => type === 'Ready')).toMatchObject({
    status: 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
  });
});

it('says that it starts, once', async () => {
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  await sink.until((reports) => reports.some(({ kind }) => kind === 'node'));
  view.put('core/nodes', { metadata: { name: 'n1' } });
  stop.abort();
  await running;
  expect(sink.reports.filter(({ kind }) => kind === 'event')).toMatchObject([
    { involvedObject: { kind: 'Node', name: 'n1', uid: 'n1' }, eventType: 'Normal', reason: 'Starting', message: 'Starting kubelet.' },
  ]);
});

it('sends differences only, and everything again when the object is gone or the database is another', async () => {
  await reporter.check();
  view.put('core/nodes', { metadata: { name: 'n1' } });
  await reporter.check();
  expect(sent()).toHaveLength(1);
  runtime.addImage('c:1');
  await reporter.check();
  expect(sent()).toHaveLength(2);
  view.remove('core/nodes', '', 'n1');
  await reporter.check();
  expect(sent()).toHaveLength(3);
  view.incarnation = 'i2';
  await reporter.check();
  expect(sent()).toHaveLength(4);
});

it('says it again when the node was taken for lost, once the view shows it', async () => {
  await reporter.check();
  const { conditions } = sent()[0]!.status;
  view.put('core/nodes', { metadata: { name: 'n1' }, status: { conditions } });
  await reporter.check();
  expect(sent()).toHaveLength(1);
  const lost = conditions.map((condition: object) => ({ ...condition, status: 'Unknown', lastTransitionTime: '2030-01-01T00:00:00Z' }));
  view.put('core/nodes', { metadata: { name: 'n1' }, status: { conditions: lost } });
  await reporter.check();
  expect(sent()).toHaveLength(2);
  expect(sent()[1]!.status.conditions.find(({ type }: { type: string }) => type === 'Ready')).toMatchObject({ status: 'True' });
});

it('says that the engine is down, and what the network lacks', async () => {
  await reporter.check();
  runtime.info = () => Promise.reject(new Error('connect ENOENT'));
  problems.push('no right to change the network');
  await reporter.check();
  expect(sent().at(-1)!.status.conditions).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'Ready', status: 'False', message: 'container runtime is down: connect ENOENT' }),
      expect.objectContaining({ type: 'kedge.dev/ServicesDegraded', status: 'True', message: 'no right to change the network' }),
    ]),
  );
});

it('is not Ready while no pod can have an address', async () => {
  const ready = () =>
    sent()
      .at(-1)!
      .status.conditions.find(({ type }: { type: string }) => type === 'Ready');
  network.down = '2 pods still have addresses of 10.64.0.0/24';
  await reporter.check();
  expect(ready()).toMatchObject({
    status: 'False',
    reason: 'KubeletNotReady',
    message:
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:2 pods still have addresses of 10.64.0.0/24',
  });
  delete network.down;
  await reporter.check();
  expect(ready()).toMatchObject({ status: 'True' });
});

it('reports pressure by the kubelet’s thresholds', () => {
  const of = (pressure: Parameters<typeof nodeConditions>[0]['pressure']) =>
    nodeConditions({ pressure, networkProblems: [] })
      .filter(({ status, type }) => status === 'True' && type !== 'Ready')
      .map(({ reason }) => reason);
  expect(of({})).toEqual([]);
  expect(of({ memoryAvailableBytes: 200e6, diskFreeShare: 0.5, pids: { used: 10, max: 100 } })).toEqual([]);
  expect(of({ memoryAvailableBytes: 50e6, diskFreeShare: 0.05, pids: { used: 99, max: 100 } })).toEqual([
    'KubeletHasInsufficientMemory',
    'KubeletHasDiskPressure',
    'KubeletHasInsufficientPID',
  ]);
});

it('finds an address of this machine', async () => {
  expect(await nodeAddress()).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
});
