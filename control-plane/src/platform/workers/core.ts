/**
 * What the Worker and each object share: the database over HTTP, the volatile kinds in the hub, clock, randomness, log. The composition root of Workers;
 * a store is kept as long as the isolate lives and holds nothing of a request.
 */
import { waitUntil } from 'cloudflare:workers';
import { findByStorageKey } from '#schema/resources.ts';
import { VERSION } from '#schema/version.ts';
import { type Ledger, sum, used } from '../../allowance/figures.ts';
import type { PlanUse } from '../../allowance/plan-use.ts';
import type { Plan } from '../../allowance/plans.ts';
import { RefusedByPlan } from '../../allowance/refusal.ts';
import type { Hub } from '../../hub/hub.ts';
import type { AgentFiles } from '../../joining/agent-files.ts';
import { createStamps } from '../../registry/stamps.ts';
import { fetchOutbound } from '../../relay/outbound.ts';
import type { Relay } from '../../relay/relay.ts';
import { composeStores } from '../../store/compose.ts';
import { openHttpStore } from '../../store/http/open.ts';
import type { Store } from '../../store/store.ts';
import { observedStore } from '../../telemetry/observed-store.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { createTracer, type Tracer } from '../../telemetry/trace.ts';
import type { Clock, Platform, Random } from '../platform.ts';
import { createTraceScope } from '../trace-scope.ts';
import { agentFilesOf } from './agent-files.ts';
import { unwrap } from './answers.ts';
import { boundedStore } from './bounded-store.ts';
import { consumed, taken } from './consumption.ts';
import { type Env, settingsOf } from './env.ts';
import { createLogger } from './log.ts';
import { meteredFetch } from './meter.ts';
import { type HubRpc, hubOf, loopOf } from './rpc.ts';
import { isVolatile } from './sequences.ts';
import { workerUpgrader } from './upgrade.ts';

export const clock: Clock = { now: () => Date.now() };

export const random: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  uuid: () => crypto.randomUUID(),
  float: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
};

/** Rows of the database, seen from above: those that are scanned for one that is returned, and what a change brings along, indexes and all. */
const rowsOf = (read: number, written: number) => ({ rowsRead: 1 + 4 * read + written, rowsWritten: 8 * written });

const traceScope = createTraceScope();

let opened: { readonly url: string; readonly store: Store } | undefined;

/** The database. One POST the first time in an isolate. */
export const durableStore = async (env: Env): Promise<Store> => {
  const url = env.KEDGE_DATABASE_URL;
  if (opened?.url === url) return opened.store;
  const store = await openHttpStore({
    url,
    clock,
    random,
    fetch: meteredFetch,
    clusterUid: env.KEDGE_CLUSTER_UID,
    ...(env.KEDGE_DATABASE_TOKEN ? { authToken: env.KEDGE_DATABASE_TOKEN } : {}),
  });
  const counted = observedStore(store, {
    storeCall:
      () =>
      (_, { read = 0, written = 0 }) =>
        consumed(rowsOf(read, written)),
  });
  opened = { url, store: counted };
  return counted;
};

const nowhere = (): never => {
  throw new Error('the store of volatile kinds has no loop state');
};

/** The volatile kinds, as seen from outside the hub. */
const remoteVolatile = (durable: Store, hub: () => HubRpc): Store => ({
  identity: () => durable.identity(),
  head: async () => unwrap(await hub().volatile('head', [])),
  get: async (key) => unwrap(await hub().volatile('get', [key])),
  getMany: async (keys) => (keys.length === 0 ? [] : unwrap(await hub().volatile('getMany', [keys]))),
  gather: async (wanted) => unwrap(await hub().volatile('gather', [wanted])),
  list: async (query) => unwrap(await hub().volatile('list', [query])),
  changes: async (query) => unwrap(await hub().volatile('changes', [query])),
  write: async (writes, options) => (writes.length === 0 ? [] : unwrap(await hub().volatile('write', [writes, options]))),
  compact: async (revision) => unwrap(await hub().volatile('compact', [revision])),
  usage: nowhere,
  newIncarnation: nowhere,
  loopState: nowhere,
  acquireEpoch: nowhere,
  saveLoopState: nowhere,
  close: async () => undefined,
});

export const composed = (durable: Store, volatile: Store): Store =>
  composeStores({ durable, volatile, isVolatile, clock, stamps: createStamps(findByStorageKey) });

/** All kinds, from outside the hub; the database within `limit` requests of an invocation. */
export const reachedStore = async (env: Env, limit?: number): Promise<Store> => {
  const unbounded = await durableStore(env);
  const durable = limit === undefined ? unbounded : boundedStore(unbounded, limit);
  return composed(
    durable,
    remoteVolatile(durable, () => hubOf(env)),
  );
};

const definedFiles = (agentFiles: AgentFiles | undefined) => (agentFiles ? { agentFiles } : {});

/** What an isolate was last told by the objects, for while they cannot be asked. */
let known: Ledger | undefined;

/** Of the whole control plane: the hub with the Workers that told it, this one included, and the loop. */
export const allConsumption = async (env: Env): Promise<PlanUse> => {
  const hub = hubOf(env);
  const figures = taken();
  try {
    await hub.consume(figures);
  } catch (error) {
    consumed(figures);
    if (error instanceof RefusedByPlan) return { ledger: used(known, clock.now(), figures), refusal: error.refusal };
    throw error;
  }
  const ledgers = await Promise.all([hub.consumption(), loopOf(env).consumption()]);
  known = sum(ledgers, clock.now());
  return { ledger: known };
};

export const planOf = ({ KEDGE_PLAN }: Env): Plan => (KEDGE_PLAN === 'paid' ? 'paid' : 'free');

export const tracerOf = (env: Env): Tracer =>
  createTracer({ scope: traceScope, clock, random, log: createLogger('trace', env.KEDGE_LOG_LEVEL) });

export interface PlatformParts {
  readonly component: string;
  readonly store: Store;
  readonly hub: Hub;
  readonly relay: Relay;
  readonly telemetry?: Telemetry;
  readonly tracer?: Tracer;
}

export const platformOf = (env: Env, { component, store, hub, relay, telemetry, tracer }: PlatformParts): Platform => ({
  ...settingsOf(env),
  ...definedFiles(agentFilesOf(env)),
  allowance: { plan: planOf(env), consumption: () => allConsumption(env) },
  publiclyTrusted: env.KEDGE_PUBLICLY_TRUSTED === 'true',
  store,
  hub,
  relay,
  upgrader: workerUpgrader,
  ...(telemetry ? { telemetry } : {}),
  ...(tracer ? { tracer } : {}),
  outbound: fetchOutbound((request) => meteredFetch(request)),
  issuer: 'https://kubernetes.default.svc.cluster.local',
  version: VERSION,
  clock,
  random,
  log: createLogger(component, env.KEDGE_LOG_LEVEL),
  background: (work) => waitUntil(work.catch((error: unknown) => console.error(String(error)))),
});
