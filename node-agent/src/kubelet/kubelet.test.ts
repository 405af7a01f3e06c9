/** Every path a tool reads of a kubelet, and the words for those that are not there. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, MemoryView, podOf, settle } from '../pods/fixtures.ts';
import type { ContainerUsage, LogOptions } from '../runtime/runtime.ts';
import { bytesOf } from './answer.ts';
import { createKubelet, type Kubelet } from './kubelet.ts';

let clock: ManualClock;
let view: MemoryView;
let kubelet: Kubelet;
let asked: LogOptions | undefined;
const from = 1_700_000_000_000;

beforeEach(() => {
  clock = new ManualClock(from);
  view = new MemoryView();
  asked = undefined;
  const since = () => clock.now() - from;
  const containers = [
    { name: 'app', id: 'a', startedAtMs: from },
    { name: 'side', id: 'b', startedAtMs: from },
  ];
  const usage = async (ids: readonly string[]) =>
    new Map<string, ContainerUsage>(ids.map((id) => [id, { cpuNanoseconds: since() * (id === 'a' ? 500_000 : 0), memoryBytes: 4096 }]));
  kubelet = createKubelet({
    runtime: {
      usage,
      logs: async function* (id, options) {
        asked = options;
        yield new TextEncoder().encode(`${id} says hello\n`);
      },
    },
    pods: { running: () => [{ namespace: 'default', name: 'web', uid: 'uid-web', containers }] },
    findContainer: (uid, container, previous) => (uid === 'uid-web' && container === 'app' && !previous ? ({ id: 'a' } as any) : undefined),
    view,
    settings: { nodeName: 'n1', clusterDNS: '10.96.0.10', clusterDomain: 'cluster.local' },
    clock,
    memoryBytes: async () => 10_000,
    machine: async () => ({ cpuNanoseconds: since() * 2_000_000, memoryBytes: 4000 }),
  });
  const spec = { containers: ['app', 'side'].map((name) => ({ name, image: 'x' })) };
  view.put('core/pods', podOf('web', spec));
  view.put('core/pods', podOf('idle', spec));
  view.put('core/pods', podOf('elsewhere', { ...spec, nodeName: 'n2' }));
});

const ask = async (path: string, method = 'GET') => {
  const { pathname, searchParams } = new URL(path, 'http://node');
  const answering = kubelet({ method, path: pathname, query: searchParams, signal: new AbortController().signal });
  await settle();
  await clock.advance(1000);
  const { status, contentType, body } = await answering;
  let text = '';
  for await (const part of bytesOf(body)) text += Buffer.from(part).toString();
  return { status, contentType, text };
};
const read = async (path: string) => JSON.parse((await ask(path)).text);

describe('the kubelet', () => {
  it.each(['/healthz', '/healthz/', '/healthz/ping', '/healthz/syncloop'])('%s is ok', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 200, text: 'ok' });
  });

  it.each([
    ['/logs/', 'GET', 404, '404 page not found\n'],
    ['/logs/../etc/passwd', 'GET', 404, '404 page not found\n'],
    ['/', 'GET', 404, '404 page not found\n'],
    ['/constructor', 'GET', 404, '404 page not found\n'],
    ['/run/default/web/app', 'POST', 404, '404 page not found\n'],
    ['/containerLogs/default/web', 'GET', 404, '404 page not found\n'],
    ['/containerLogs/default/none/app', 'GET', 404, 'pod "none" does not exist\n'],
    ['/containerLogs/default/elsewhere/app', 'GET', 404, 'pod "elsewhere" does not exist\n'],
    ['/containerLogs/default/web/none', 'GET', 404, 'container "none" not found in pod "web"\n'],
    ['/containerLogs/default/web/side', 'GET', 400, 'container "side" in pod "web" is waiting to start\n'],
    ['/containerLogs/default/web/app?previous=true', 'GET', 400, 'previous terminated container "app" in pod "web" not found\n'],
    ['/pods', 'POST', 405, '405: Method Not Allowed'],
  ])('%s by %s is answered %i', async (path, method, status, text) => {
    expect(await ask(path, method)).toMatchObject({ status, text });
  });

  it('lists its own pods, and those that run', async () => {
    const names = async (path: string) => (await read(path)).items.map(({ kind, metadata }: any) => `${kind} ${metadata.name}`);
    expect(await names('/pods')).toEqual(['Pod web', 'Pod idle']);
    expect(await names('/runningpods/')).toEqual(['Pod web']);
  });

  it('gives the log of a container', async () => {
    const answer = await ask('/containerLogs/default/web/app?tailLines=5&timestamps=true&limitBytes=6');
    expect(answer).toEqual({ status: 200, contentType: 'text/plain; charset=utf-8', text: 'a says' });
    expect(asked).toMatchObject({ tailLines: 5, timestamps: true, follow: false });
  });

  it('says what it is set to', async () => {
    expect((await read('/configz')).kubeletconfig).toMatchObject({
      kind: 'KubeletConfiguration',
      clusterDNS: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      maxPods: 110,
    });
  });

  it('sums up what is used, over a second or since the last question', async () => {
    const first = await read('/stats/summary');
    expect(first.node).toMatchObject({
      nodeName: 'n1',
      cpu: { usageNanoCores: 2_000_000_000, usageCoreNanoSeconds: 2_000_000_000 },
      memory: { workingSetBytes: 4000, availableBytes: 6000 },
    });
    expect(first.pods).toMatchObject([
      {
        podRef: { name: 'web', namespace: 'default', uid: 'uid-web' },
        cpu: { usageNanoCores: 500_000_000 },
        memory: { workingSetBytes: 8192 },
        containers: [
          { name: 'app', cpu: { usageNanoCores: 500_000_000, usageCoreNanoSeconds: 500_000_000 }, memory: { workingSetBytes: 4096 } },
          { name: 'side', cpu: { usageNanoCores: 0 } },
        ],
      },
    ]);
    await clock.advance(10_000);
    expect((await read('/stats/summary')).node.cpu).toMatchObject({ usageNanoCores: 2_000_000_000, usageCoreNanoSeconds: 22_000_000_000 });
  });

  it('counts in the form of Prometheus', async () => {
    await clock.advance(4_000);
    const { contentType, text } = await ask('/metrics/resource');
    expect(contentType).toContain('version=0.0.4');
    const lines = text.split('\n').filter((line) => !line.startsWith('#'));
    expect(lines).toEqual(
      expect.arrayContaining([
        'container_cpu_usage_seconds_total{container="app",namespace="default",pod="web"} 2',
        'container_start_time_seconds{container="app",namespace="default",pod="web"} 1700000000',
        'node_cpu_usage_seconds_total 8',
        'pod_memory_working_set_bytes{namespace="default",pod="web"} 8192',
        'resource_scrape_error 0',
      ]),
    );
    expect((await ask('/metrics')).text).toMatch(/^kubelet_node_name\{node="n1"\} 1$/m);
    expect((await ask('/metrics')).text).toMatch(/^kubelet_running_containers\{container_state="running"\} 2$/m);
  });
});
