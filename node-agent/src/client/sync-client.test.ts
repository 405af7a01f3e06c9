/** The agent's client against the real hub, over real WebSockets and over polls: views, reports, reconnects, streams. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterEach, describe, expect, it } from 'vitest';
import { createInformerCache } from '#control-plane/controller-runtime/informer-cache.ts';
import { createInProcessHub } from '#control-plane/hub/in-process.ts';
import { createNodeUpgrader } from '#control-plane/platform/node/upgrade.ts';
import { createRegistry } from '#control-plane/registry/create.ts';
import { createInProcessRelay } from '#control-plane/relay/in-process.ts';
import { composeStores } from '#control-plane/store/compose.ts';
import { openFileStore } from '#control-plane/store/file/open.ts';
import { createSealer } from '#control-plane/store/sealing.ts';
import { createVolatileStore } from '#control-plane/store/volatile/volatile-store.ts';
import { storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import type { Clock, Logger } from '../context.ts';
import { type Heartbeat, plainHeartbeat } from '../fencing/heartbeat.ts';
import type { ExecSession } from '../runtime/runtime.ts';
import { createStreamEndpoint } from '../streams/endpoint.ts';
import { createSyncClient } from './sync-client.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const random = {
  bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  uuid: () => crypto.randomUUID(),
  float: () => Math.random(),
};
const volatileKeys = resources.filter((definition) => definition.storage === 'volatile').map(storageKey);
/** Pauses take a hundredth of their time. */
const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms > 10_000 ? ms : ms / 100);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
      if (signal?.aborted) resolve();
    }),
};

/** A control plane at a port: hub and relay behind the agents' two paths, the token is the node's name. */
const controlPlane = async (dir: string, clusterUid = 'c1') => {
  let aheadMs = 0;
  const planeClock: Clock = { ...clock, now: () => clock.now() + aheadMs };
  const durable = await openFileStore({ path: join(dir, 'k.db'), clusterUid, clock: planeClock, random });
  const volatile = createVolatileStore({ identity: await durable.identity(), clock: planeClock, random });
  const store = composeStores({ durable, volatile, isVolatile: (resource) => volatileKeys.includes(resource), clock: planeClock });
  const sealingKeys = [{ id: 'k1', key: btoa('x'.repeat(32)) }];
  const sealer = createSealer(sealingKeys, clusterUid);
  const cache = createInformerCache({ store, sealer, resources, clock: planeClock });
  const keys = { tokenHmacKey: btoa('h'.repeat(32)), saSigningKey: {}, sealingKeys };
  const upgrader = createNodeUpgrader();
  const hub = createInProcessHub({
    ...{ store, cache, keys, sealer, clusterUid, version: 'test', clock: planeClock, log, upgrader },
    registry: () => registry,
    poke: () => undefined,
  });
  const cluster = {
    clusterUid,
    podCIDR: '10.64.0.0/16',
    nodeCIDRMask: 24,
    serviceCIDR: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
    nodePortRange: [30_000, 32_767] as const,
    rootCA: '',
  };
  const registry = createRegistry({ store, hub, keys, cluster, clock: planeClock, random, log });
  const relay = createInProcessRelay({ hub, upgrader, sessions: hub.sessions });
  let upgrades = true;
  const fetch = async (request: Request): Promise<Response> => {
    const node = request.headers.get('authorization')?.replace('Bearer ', '') ?? '';
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.startsWith('/kedge/v1/streams/')) return relay.attachAgent(node, pathname.slice('/kedge/v1/streams/'.length), request);
    if (request.method === 'POST') {
      return Response.json(await hub.exchange(node, (await request.json()) as [], Number(searchParams.get('waitMs'))));
    }
    return upgrades ? hub.connectAgent(node, request, { id: `token-of-${node}` }) : new Response('no upgrades here', { status: 400 });
  };
  const server: Server = createServer(getRequestListener(fetch, { overrideGlobalObjects: false }));
  server.on('upgrade', upgrader.handle('http://127.0.0.1', fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const actor = { user: { name: 'admin', groups: ['system:masters'] }, fieldManager: 'test' };
  const create = async (resource: string, object: Record<string, unknown>) => {
    const definition = resources.find((candidate) => storageKey(candidate) === resource)!;
    const [result] = await registry.applyAll([{ op: 'create', definition, object: object as never }], actor);
    if (result?.status !== 'ok' && result?.status !== 'alreadyExists') throw new Error(JSON.stringify(result));
    return 'object' in result ? result.object : undefined;
  };
  await create('core/namespaces', { metadata: { name: 'default' } });
  await create('core/serviceaccounts', { metadata: { name: 'default', namespace: 'default' } });
  return {
    ...{ hub, relay, store, create },
    remove: async (resource: string, name: string) => {
      const definition = resources.find((candidate) => storageKey(candidate) === resource)!;
      const [result] = await registry.applyAll([{ op: 'delete', definition, object: { metadata: { name } } as never, request: {} }], actor);
      if (result?.status !== 'ok') throw new Error(JSON.stringify(result));
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Time passes for the control plane alone. */
    pass: (ms: number) => {
      aheadMs += ms;
    },
    withoutUpgrades: () => {
      upgrades = false;
    },
    bound: (name: string) =>
      create('core/pods', {
        metadata: { name, namespace: 'default' },
        spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'busybox' }] },
      }),
    dropConnections: () => upgrader.close(),
    stop: async () => {
      upgrader.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      hub.close();
      await store.close();
    },
  };
};

/** What the server or the back-off asks to wait is waited a moment. */
const impatient: Clock = { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, 100), signal) };

describe('createSyncClient', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const folder = async (): Promise<string> => {
    const dir = await mkdtemp(join(tmpdir(), 'kedge-sync-'));
    closing.push(() => rm(dir, { recursive: true }));
    return dir;
  };
  const agent = (server: string, dir: string, clusterUid = 'c1', logger: Logger = log, heartbeat?: Heartbeat) => {
    const client = createSyncClient({
      ...{ server, dir, clusterUid, clock: impatient, log: logger },
      ...(heartbeat ? { heartbeat } : {}),
      token: () => 'n1',
      nodeName: 'n1',
      version: 'test',
      random: () => 0.5,
    });
    const stopping = new AbortController();
    const running = client.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await running;
    };
    closing.push(stop);
    const until = (condition: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => {
          if (condition()) resolve();
        };
        client.view.onChange(check);
        client.onConnection(check);
        check();
      });
    const pods = (): (string | undefined)[] => client.view.list('core/pods').map((pod) => pod.metadata.name);
    return Object.assign(client, { stop, until, pods });
  };
  const setUp = async () => {
    const plane = await controlPlane(await folder());
    closing.push(plane.stop);
    return plane;
  };

  for (const transport of ['WebSocket', 'polls'] as const) {
    it(`gets its pods and tells their status over ${transport}`, async () => {
      const plane = await setUp();
      if (transport === 'polls') plane.withoutUpgrades();
      await plane.bound('a');
      const it = agent(plane.url, await folder());
      await it.until(() => it.pods().includes('a') && it.view.complete);
      const pod = it.view.get('core/pods/default/a')!;
      it.reports.send({
        kind: 'podStatus',
        ...{ namespace: 'default', name: 'a', uid: pod.metadata.uid!, sequence: 1 },
        status: { phase: 'Running' },
      });
      await it.until(() => it.view.get('core/pods/default/a')?.status?.phase === 'Running');
      await plane.bound('b');
      await it.until(() => it.pods().includes('b'));
      expect(it.view.trusted).toBe(true);
    });

    it(`counts a heartbeat as answered only when it was heard no earlier than it was sent, over ${transport}`, async () => {
      const plane = await setUp();
      if (transport === 'polls') plane.withoutUpgrades();
      const answered: Promise<void>[] = [];
      const heartbeat: Heartbeat = {
        ...plainHeartbeat(),
        isNeeded: () => true,
        intervalMs: () => 50,
        moment: () => ({ steadyMs: 0, wallMs: Date.now() }),
        answered: ({ wallMs }) => {
          answered.push(
            plane.hub.liveness().then(({ nodes }) => {
              expect(nodes.find(({ node }) => node === 'n1')?.lastHeardMs).toBeGreaterThanOrEqual(wallMs);
            }),
          );
        },
      };
      const it = agent(plane.url, await folder(), 'c1', log, heartbeat);
      await it.until(() => it.view.complete);
      await expect.poll(() => answered.length).toBeGreaterThan(5);
      plane.dropConnections();
      const before = answered.length;
      await expect.poll(() => answered.length).toBeGreaterThan(before + 5);
      await Promise.all(answered);
    });
  }

  it('does not count what another cluster answers', async () => {
    const plane = await setUp();
    let answers = 0;
    const heartbeat: Heartbeat = { ...plainHeartbeat(), isNeeded: () => true, intervalMs: () => 50, answered: () => answers++ };
    const dir = await folder();
    const sentAway = new Promise<void>((resolve) => {
      const warn = () => resolve();
      agent(plane.url, dir, 'another', { ...log, warn }, heartbeat);
    });
    await sentAway;
    expect(answers).toBe(0);
  });

  it('reconnects, misses nothing, and resends what was not answered', async () => {
    const plane = await setUp();
    const pod = (await plane.bound('a'))!;
    const it = agent(plane.url, await folder());
    await it.until(() => it.view.complete);
    plane.dropConnections();
    await plane.bound('b');
    it.reports.send({
      kind: 'podStatus',
      ...{ namespace: 'default', name: 'a', uid: pod.metadata.uid!, sequence: 1 },
      status: { phase: 'Running' },
    });
    await it.until(() => it.pods().includes('b') && it.view.get('core/pods/default/a')?.status?.phase === 'Running');
  });

  it('has its pods from disk before anyone answers, and again after a restart without changes', async () => {
    const plane = await setUp();
    await plane.bound('a');
    const dir = await folder();
    const first = agent(plane.url, dir);
    await first.until(() => first.view.complete);
    await first.stop();
    const cutOff = agent('http://127.0.0.1:1', dir);
    expect(cutOff.pods()).toEqual(['a']);
    expect(cutOff.view.complete).toBe(false);
    await cutOff.stop();
    const second = agent(plane.url, dir);
    await second.until(() => second.view.complete);
    expect(second.pods()).toEqual(['a']);
  });

  it('keeps its pods when it meets an emptied control plane', async () => {
    const dir = await folder();
    const plane = await setUp();
    await plane.bound('a');
    const first = agent(plane.url, dir);
    await first.until(() => first.view.complete);
    await first.stop();
    const emptied = await setUp();
    const second = agent(emptied.url, dir);
    await second.until(() => second.view.complete);
    expect(second.pods()).toEqual(['a']);
    expect(second.view.retained).toEqual(['core/pods/default/a']);
  });

  it('is sent away when its credential or its node ends, with the reason, and comes back while it may', async () => {
    const plane = await controlPlane(await folder());
    closing.push(plane.stop);
    await plane.create('core/nodes', { metadata: { name: 'n1' } });
    const it = agent(plane.url, await folder());
    await it.until(() => it.connected);
    const away = () => new Promise<void>((resolve) => it.onConnection((connected) => (connected ? undefined : resolve())));
    const revoked = away();
    await plane.hub.endCredential('token-of-n2');
    await plane.hub.endCredential('token-of-n1');
    await revoked;
    // what has ended is remembered for six seconds
    plane.pass(6_000);
    await it.until(() => it.connected);
    const deleted = away();
    await plane.remove('core/nodes', 'n1');
    await deleted;
    plane.pass(6_000);
    await it.until(() => it.connected);
  });

  it('keeps a second agent of its name away while it is there', async () => {
    const plane = await controlPlane(await folder());
    closing.push(plane.stop);
    const first = agent(plane.url, await folder());
    await first.until(() => first.connected);
    const lost: boolean[] = [];
    first.onConnection((connected) => lost.push(connected));
    const warned = Promise.withResolvers<string>();
    const second = agent(plane.url, await folder(), 'c1', { ...log, warn: (_text, fields) => warned.resolve(String(fields?.reason)) });
    expect(await warned.promise).toMatch(/another agent, on machine ".*", speaks for node "n1"/);
    expect([lost, first.connected, second.connected]).toEqual([[], true, false]);
  });

  it('dials back for exec: output, exit status, then the close', async () => {
    const plane = await setUp();
    const it = agent(plane.url, await folder());
    const session: ExecSession = {
      stdin: { write: async () => undefined, end: () => undefined },
      output: (async function* () {
        yield { stream: 'stdout' as const, data: new TextEncoder().encode('hello') };
      })(),
      resize: async () => undefined,
      wait: async () => 7,
      abort: () => undefined,
    };
    const endpoint = createStreamEndpoint({
      ...{ server: plane.url, clock, log },
      token: () => 'n1',
      runtime: { exec: async () => session, attach: async () => session, logs: () => (async function* () {})() },
      findPod: () => undefined,
      findContainer: (_uid, container) => ({ id: 'id', container, state: 'running' }) as never,
    });
    it.onOpenStream((message) => void endpoint.open(message));
    await it.until(() => it.connected);
    const stream = await plane.relay.dial(
      'n1',
      {
        session: 'session-1',
        kind: 'exec',
        namespace: 'default',
        pod: 'p',
        podUid: 'u',
        container: 'c',
        params: { command: ['x'], stdout: ['true'] },
      },
      AbortSignal.timeout(60_000),
    );
    const frames: string[] = [];
    for await (const frame of stream.frames) frames.push(new TextDecoder().decode(frame as Uint8Array));
    expect(frames[0]).toBe('\u0001hello');
    expect(frames[1]).toContain('"reason":"ExitCode","message":"7"');
    expect((await stream.closed).code).toBe(1000);
  });
});
