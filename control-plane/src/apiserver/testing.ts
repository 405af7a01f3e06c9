/**
 * An API server for tests: the real app, registry, file store, hub and informer cache in one process, with a clock that stands still until told.
 * No control loop runs, so nothing changes but what a test does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { clusterRoles } from '#schema/rbac/cluster-role.ts';
import { clusterRoleBindings } from '#schema/rbac/cluster-role-binding.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { findByStorageKey, resources } from '#schema/resources.ts';
import { mintToken } from '../auth/tokens.ts';
import { createInformerCache } from '../controller-runtime/informer-cache.ts';
import { bootstrapClusterRoleBindings } from '../controllers/bootstrap-policy/cluster-role-bindings.ts';
import { bootstrapClusterRoles } from '../controllers/bootstrap-policy/cluster-roles.ts';
import { createInProcessHub } from '../hub/in-process.ts';
import type { Clock, Logger, Platform, Random } from '../platform/platform.ts';
import { type ApiRegistry, createRegistry } from '../registry/create.ts';
import { createStamps } from '../registry/stamps.ts';
import type { Turns } from '../registry/turns.ts';
import type { Outbound } from '../relay/outbound.ts';
import type { Relay } from '../relay/relay.ts';
import type { WebSocketUpgrader } from '../relay/upgrade.ts';
import { composeStores } from '../store/compose.ts';
import { openFileStore } from '../store/file/open.ts';
import { createSealer } from '../store/sealing.ts';
import type { Store } from '../store/store.ts';
import { createVolatileStore } from '../store/volatile/volatile-store.ts';
import { createApp } from './app.ts';

const volatileKeys = new Set(resources.filter((d) => d.storage === 'volatile').map(storageKey));
const base64Key = (fill: number) => btoa(String.fromCharCode(...new Uint8Array(32).fill(fill)));

export const seededRandom = (seed = 1): Random => {
  let state = seed >>> 0;
  const float = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(float() * 256));
  const hex = (length: number) => Array.from(bytes(length), (b) => b.toString(16).padStart(2, '0')).join('');
  return { float, bytes, uuid: () => `${hex(4)}-${hex(2)}-4${hex(2).slice(1)}-8${hex(2).slice(1)}-${hex(6)}` };
};

export interface Answer<T = any> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface World {
  readonly platform: Platform;
  readonly registry: ApiRegistry;
  readonly app: ReturnType<typeof createApp>;
  readonly adminToken: string;
  /** Names of the store's methods called since the last `calls.length = 0`. */
  readonly calls: string[];
  readonly errors: string[];
  nowMs: number;
  tokenFor(user: string, groups: readonly string[]): Promise<string>;
  /** As admin, JSON both ways. `body` undefined: none. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  raw(method: string, path: string, init?: RequestInit): Promise<Response>;
  create(path: string, object: Partial<KubeObject>): Promise<any>;
  close(): Promise<void>;
}

const counted = (store: Store, calls: string[]): Store =>
  new Proxy(store, {
    get: (target, name) => {
      const value = (target as any)[name];
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        calls.push(String(name));
        return value.apply(target, args);
      };
    },
  });

export const createWorld = async (
  options: {
    readonly relay?: Partial<Relay>;
    readonly outbound?: Outbound;
    readonly upgrader?: WebSocketUpgrader;
    readonly turns?: Turns;
    readonly delay?: (ms: number, s: AbortSignal) => Promise<void>;
  } = {},
): Promise<World> => {
  const dir = await mkdtemp(join(tmpdir(), 'kedge-api-'));
  const random = seededRandom();
  const clusterUid = 'cluster-1';
  const calls: string[] = [];
  const errors: string[] = [];
  const bootstrapTokens: Platform['bootstrapTokens'][number][] = [];
  const world = { nowMs: Date.parse('2026-01-01T00:00:00Z') } as World & { nowMs: number };
  const clock: Clock = { now: () => world.nowMs };
  const silent = () => {};
  const log: Logger = { debug: silent, info: silent, warn: silent, error: (m, f) => errors.push(`${m} ${JSON.stringify(f)}`) };
  const durable = await openFileStore({ path: join(dir, 'kedge.db'), clusterUid, clock, random });
  const identity = await durable.identity();
  const volatile = createVolatileStore({ identity, clock, random });
  const plainStore = composeStores({
    durable,
    volatile,
    isVolatile: (r) => volatileKeys.has(r),
    clock,
    stamps: createStamps(findByStorageKey),
  });
  const store = counted(plainStore, calls);
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const keys: Platform['keys'] = {
    tokenHmacKey: base64Key(1),
    saSigningKey: { ...(await exportJWK(privateKey)), kid: 'k1', alg: 'ES256' },
    sealingKeys: [{ id: 's1', key: base64Key(2) }],
  };
  const sealer = createSealer(keys.sealingKeys, clusterUid);
  const cache = createInformerCache({ store: plainStore, sealer, resources, clock });
  await cache.load();
  const hub = createInProcessHub({
    store: plainStore,
    cache,
    registry: () => registry,
    sealer,
    keys,
    clusterUid,
    version: '0.0.0',
    clock,
    log,
    upgrader: {
      accept: () => {
        throw new Error('no upgrades in this test');
      },
    },
    poke: silent,
  });
  const platform: Platform = {
    store,
    parsed: cache.parsed,
    hub,
    relay: (options.relay ?? {}) as Relay,
    ...(options.upgrader ? { upgrader: options.upgrader } : {}),
    ...(options.outbound ? { outbound: options.outbound } : {}),
    ...(options.turns ? { turns: options.turns } : {}),
    keys,
    bootstrapTokens,
    cluster: {
      clusterUid,
      podCIDR: '10.42.0.0/16',
      nodeCIDRMask: 24,
      serviceCIDR: '10.43.0.0/16',
      clusterDomain: 'cluster.local',
      nodePortRange: [30_000, 32_767],
      rootCA: '',
    },
    issuer: 'https://kubernetes.default.svc.cluster.local',
    version: '0.1.0',
    clock,
    random,
    log,
    background: silent,
  };
  const registry = createRegistry(platform);
  const app = createApp(platform, options.delay ? { delay: options.delay } : {});

  const tokenFor: World['tokenFor'] = async (user, groups) => {
    const { token, id, sha256 } = await mintToken(keys.tokenHmacKey, random);
    bootstrapTokens.push({ id, sha256, user, groups });
    return token;
  };
  const adminToken = await tokenFor('admin', ['system:masters']);

  const raw: World['raw'] = async (method, path, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${adminToken}`);
    return app.fetch(new Request(`https://kedge.test${path}`, { ...init, method, headers }));
  };
  const call: World['call'] = async (method, path, body, headers = {}) => {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await raw(method, path, {
      headers: { ...type, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
    return { status: response.status, body: parsed, headers: response.headers };
  };

  Object.assign(world, {
    platform,
    registry,
    app,
    adminToken,
    calls,
    errors,
    tokenFor,
    raw,
    call,
    create: async (path: string, object: Partial<KubeObject>) => {
      const { status, body } = await call('POST', path, object);
      if (status !== 201) throw new Error(`create ${path}: ${status} ${body.message}`);
      return body;
    },
    close: async () => {
      hub.close();
      await plainStore.close();
      await rm(dir, { recursive: true, force: true });
    },
  });
  await registry.applyAll(
    [
      ...bootstrapClusterRoles.map((object) => ({ op: 'create' as const, definition: clusterRoles, object })),
      ...bootstrapClusterRoleBindings.map((object) => ({ op: 'create' as const, definition: clusterRoleBindings, object })),
    ],
    { user: { name: 'system:apiserver', groups: ['system:masters'] }, fieldManager: 'kedge' },
  );
  await world.create('/api/v1/namespaces', { metadata: { name: 'default' } });
  await world.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  calls.length = 0;
  return world;
};

export const podNamed = (name: string, labels: Record<string, string> = {}): Partial<KubeObject> => ({
  metadata: { name, labels },
  spec: { containers: [{ name: 'app', image: 'nginx' }] },
});
