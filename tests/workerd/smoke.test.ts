/** The control plane on workerd, asked directly: objects, watches, the control loop, a real agent's sync over WebSocket, streams, cron, a restart. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { waitFor } from '../harness/process.ts';
import { startTestAgent, type TestAgent } from './agent.ts';
import { startWorkerdPlane, type WorkerdPlane } from './plane.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

let plane: WorkerdPlane;
/** One for all tests: a node has one agent. */
let n1: TestAgent;
const closing: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: ['n1', 'n2'] });
  n1 = startTestAgent(plane, 'n1');
  closing.push(() => n1.stop());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  if (process.env.KEDGE_TEST_LOG) console.log(plane?.logs());
  await plane?.stop();
});

/** Events of a watch, as they come. */
const watch = async (path: string) => {
  const stop = new AbortController();
  closing.push(() => stop.abort());
  const response = await plane.fetch(path, { signal: stop.signal });
  const events: any[] = [];
  const reading = (async () => {
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line.trim() !== '') events.push(JSON.parse(line));
    }
  })();
  reading.catch(() => undefined);
  return { response, events };
};

describe('the control plane on workerd', () => {
  it('makes the first namespaces by itself', async () => {
    await plane.tick();
    const names = await waitFor('the namespaces', async () => {
      const { items } = await plane.call('GET', '/api/v1/namespaces');
      return items.length >= 3 && items.map((item: any) => item.metadata.name);
    });
    expect(names).toContain('default');
    await waitFor('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
    await waitFor('its ConfigMap', () => plane.call('GET', '/api/v1/namespaces/default/configmaps/kube-root-ca.crt'));
  });

  it('creates, reads, patches and deletes', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const made = await plane.call('POST', path, { metadata: { name: 'a' }, data: { k: '1' } });
    expect(Number(made.metadata.resourceVersion)).toBeGreaterThan(0);
    const patched = await plane.call('PATCH', `${path}/a`, { data: { k: '2' } });
    expect((await plane.call('GET', `${path}/a`)).data).toEqual({ k: '2' });
    const stale = { ...made, data: { k: '3' } };
    await expect(plane.call('PUT', `${path}/a`, stale)).rejects.toThrow(/409/);
    expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    await plane.call('DELETE', `${path}/a`);
    await expect(plane.call('GET', `${path}/a`)).rejects.toThrow(/404/);
  });

  it('tells the spans of a request that says it is traced, and of no other', async () => {
    const traceId = 'a'.repeat(32);
    await plane.fetch('/api/v1/namespaces/default', { headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` } });
    await plane.fetch('/api/v1/namespaces/default');
    const spans = () =>
      plane
        .logs()
        .split('\n')
        .filter((line) => line.includes('"message":"span"'))
        .map((line) => JSON.parse(line.slice(line.indexOf('{'))));
    await waitFor('the spans', () => spans().some(({ name }) => name === 'GET'));
    expect(spans().map(({ name, trace_id }) => [name, trace_id])).toEqual([
      ['store.get', traceId],
      ['GET', traceId],
    ]);
  });

  it('counts what the Worker, the hub and the loop do', async () => {
    let serial = 0;
    const counted = async (): Promise<string> => {
      // an object that slept has forgotten its counters: a write wakes it
      await plane.call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: `counted-${serial++}` } });
      const text = await (await plane.fetch('/metrics')).text();
      const samples = text.split('\n').filter((line) => line && !line.startsWith('#'));
      for (const component of ['api', 'hub', 'loop'])
        expect(
          samples.filter((line) => line.startsWith('kedge_store_calls_total') && line.includes(`component="${component}"`)),
        ).not.toEqual([]);
      expect(samples.some((line) => line.startsWith('apiserver_request_total{verb="POST"') && line.includes('resource="configmaps"'))).toBe(
        true,
      );
      return text;
    };
    const text = await waitFor('the samples of all three', counted);
    expect(text.match(/# TYPE kedge_store_calls_total/g)).toHaveLength(1);
  });

  it('flushes a watch at once and streams what happens, from a revision on and live', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const { metadata } = await plane.call('GET', path);
    await plane.call('POST', path, { metadata: { name: 'before' } });
    const { response, events } = await watch(`${path}?watch=true&resourceVersion=${metadata.resourceVersion}`);
    expect(response.headers.get('content-encoding')).toBe('identity');
    await waitFor('the change before', () => events.length === 1);
    await plane.call('POST', path, { metadata: { name: 'live' } });
    await plane.call('DELETE', `${path}/before`);
    await waitFor('the changes after', () => events.length === 3);
    expect(events.map((event) => [event.type, event.object.metadata.name])).toEqual([
      ['ADDED', 'before'],
      ['ADDED', 'live'],
      ['DELETED', 'before'],
    ]);
  });

  it('watches over WebSocket, one event a frame', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const { metadata } = await plane.call('GET', path);
    const url = `${plane.url.replace('http', 'ws')}${path}?watch=true&resourceVersion=${metadata.resourceVersion}`;
    const options = { ca: plane.ca, headers: { authorization: `Bearer ${plane.adminToken}` } };
    const ws = new WebSocket(url, 'base64.binary.k8s.io', options);
    closing.push(() => ws.terminate());
    const events: any[] = [];
    ws.on('message', (data: Buffer) => events.push(JSON.parse(data.toString())));
    await new Promise((resolve, reject) => {
      ws.once('open', resolve);
      ws.once('error', reject);
    });
    expect(ws.protocol).toBe('base64.binary.k8s.io');
    await plane.call('POST', path, { metadata: { name: 'framed' } });
    await plane.call('DELETE', `${path}/framed`);
    await waitFor('two frames', () => events.length === 2);
    expect(events.map((event) => [event.type, event.object.metadata.name])).toEqual([
      ['ADDED', 'framed'],
      ['DELETED', 'framed'],
    ]);
  });

  it('keeps events and leases in the hub, with watches', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const lease = await plane.call('POST', path, { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } });
    const { events } = await watch(`${path}?watch=true&resourceVersion=${lease.metadata.resourceVersion}`);
    await plane.call('PATCH', `${path}/l`, { spec: { holderIdentity: 'you' } });
    await waitFor('the renewed lease', () => events.length === 1);
    expect(events[0].object.spec.holderIdentity).toBe('you');
  });

  it('gives a real agent its pods over WebSocket, and takes their status', async () => {
    const it = n1;
    await waitFor('the first view', () => it.view.complete);
    it.reports.send({
      kind: 'node',
      labels: { 'kubernetes.io/os': 'linux' },
      annotations: {},
      status: {
        capacity: { cpu: '4', memory: '8Gi', pods: '110' },
        allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' }],
      },
    });
    await waitFor('its node', () => plane.call('GET', '/api/v1/nodes/n1'));
    const deployment = {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
      },
    };
    await plane.call('POST', '/apis/apps/v1/namespaces/default/deployments', deployment);
    const pods = await waitFor('two pods on the node', () =>
      it.view.list('core/pods').length === 2 ? it.view.list('core/pods') : undefined,
    );
    const ready = { type: 'Ready', status: 'True' } as const;
    for (const pod of pods) {
      const { namespace = '', name = '', uid = '' } = pod.metadata;
      const status = { phase: 'Running', podIP: '10.64.0.9', conditions: [ready, { ...ready, type: 'ContainersReady' }] };
      it.reports.send({ kind: 'podStatus', namespace, name, uid, sequence: 1, status });
    }
    await waitFor('the deployment to be available', async () => {
      const { status } = await plane.call('GET', '/apis/apps/v1/namespaces/default/deployments/web');
      return status?.availableReplicas === 2;
    });
    const { nodes } = await plane.call('GET', '/api/v1/nodes/n1').then((node) => ({ nodes: [node] }));
    expect(nodes[0].metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'n1', 'kubernetes.io/os': 'linux' });
  });

  it('carries exec, logs and what is asked of the node between a client and the agent', async () => {
    const big = new Uint8Array(64 * 1024).fill(65);
    const it = startTestAgent(plane, 'n2', async function* () {
      for (let i = 0; i < 64; i++) yield big;
    });
    closing.push(() => it.stop());
    await waitFor('the view', () => it.view.complete);
    const pod = await plane.call('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'shell' },
      spec: { nodeName: 'n2', containers: [{ name: 'c', image: 'busybox' }] },
    });
    const running = { state: { running: { startedAt: '2026-01-01T00:00:00Z' } } };
    it.reports.send({
      ...{ kind: 'podStatus', namespace: 'default', name: 'shell', uid: pod.metadata.uid, sequence: 1 },
      status: {
        phase: 'Running',
        containerStatuses: [{ name: 'c', ready: true, restartCount: 0, image: 'busybox', imageID: '', ...running }],
      },
    });
    await waitFor(
      'the pod to run',
      async () => (await plane.call('GET', '/api/v1/namespaces/default/pods/shell')).status.phase === 'Running',
    );

    const url = `${plane.url.replace('http', 'ws')}/api/v1/namespaces/default/pods/shell/exec?command=sh&command=-c&command=printf+hello%3B+exit+3&stdout=true&container=c`;
    const ws = new WebSocket(url, 'v5.channel.k8s.io', { ca: plane.ca, headers: { authorization: `Bearer ${plane.adminToken}` } });
    const frames: string[] = [];
    ws.on('message', (data: Buffer) => frames.push(data.toString()));
    closing.push(() => ws.terminate());
    await new Promise((resolve, reject) => {
      ws.on('message', () => frames.length === 2 && resolve(undefined));
      ws.once('error', reject);
    });
    expect(ws.protocol).toBe('v5.channel.k8s.io');
    expect(frames[0]).toBe('\u0001hello');
    expect(frames[1]).toContain('"reason":"ExitCode","message":"3"');

    const logs = await plane.fetch('/api/v1/namespaces/default/pods/shell/log?container=c');
    if (logs.status !== 200) throw new Error((await logs.text()) + plane.logs().slice(-3000));
    expect((await logs.arrayBuffer()).byteLength).toBe(64 * big.byteLength);

    await plane.call('POST', '/api/v1/nodes', { metadata: { name: 'n2' } });
    const kubelet = (path: string) => plane.fetch(`/api/v1/nodes/n2/proxy${path}`);
    expect(await (await kubelet('/healthz')).text()).toBe('ok');
    expect((await (await kubelet('/containerLogs/default/shell/c')).arrayBuffer()).byteLength).toBe(64 * big.byteLength);
    expect((await kubelet('/logs/')).status).toBe(404);
  });

  it('goes on after a restart: state, agents, watches', async () => {
    const it = n1;
    await plane.restart();
    expect((await plane.call('GET', '/apis/apps/v1/namespaces/default/deployments/web')).spec.replicas).toBe(2);
    await plane.call('PATCH', '/apis/apps/v1/namespaces/default/deployments/web/scale', { spec: { replicas: 3 } });
    await waitFor('the third pod at the agent', () => it.view.list('core/pods').length >= 3);
    const { items } = await plane.call('GET', '/apis/coordination.k8s.io/v1/namespaces/default/leases');
    expect(items.map((item: any) => item.metadata.name)).toContain('l');
  });
});
