/**
 * The control plane as one Node.js process: file store, hub, relay and control loop in process, HTTPS in front. The composition root:
 * nothing else on this platform reads configuration, clock or randomness. SIGTERM and SIGINT end it in order; pods keep running.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { storageKey } from '#schema/resource.ts';
import { findByStorageKey, resources } from '#schema/resources.ts';
import { VERSION } from '#schema/version.ts';
import { createAggregateCall } from '../aggregation/aggregate-call.ts';
import { createFrontProxy } from '../aggregation/front-proxy.ts';
import { createApp } from '../apiserver/app.ts';
import { createInformerCache } from '../controller-runtime/informer-cache.ts';
import { createLoop, type Loop } from '../controller-runtime/loop.ts';
import { controllers } from '../controllers/controllers.ts';
import { createInProcessHub } from '../hub/in-process.ts';
import { createRegistry } from '../registry/create.ts';
import { createStamps } from '../registry/stamps.ts';
import { Turns } from '../registry/turns.ts';
import { createInProcessRelay } from '../relay/in-process.ts';
import { resealRound } from '../sealing/reseal.ts';
import { composeStores } from '../store/compose.ts';
import { type FileStoreOptions, openFileStore } from '../store/file/open.ts';
import { compactTo } from '../store/retention.ts';
import { createSealer } from '../store/sealing.ts';
import { createVolatileStore } from '../store/volatile/volatile-store.ts';
import { createTasks } from '../tasks/create-tasks.ts';
import { observedStore } from '../telemetry/observed-store.ts';
import { countSilence } from '../telemetry/silence.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { createTracer } from '../telemetry/trace.ts';
import { agentFilesIn } from './node/agent-files.ts';
import { type NodePlatformConfig, readConfig, readKeys } from './node/config.ts';
import { startHttpServer } from './node/http-server.ts';
import { idleCollectionOfProcess, LOOK_MS } from './node/idle-collection.ts';
import { createLogger } from './node/log.ts';
import { nodeOutbound } from './node/outbound.ts';
import { COMMIT_MS, createRoundTurn, PASS_MS } from './node/round-turn.ts';
import { fileMark } from './node/run-mark.ts';
import { lowerHelperThreads } from './node/thread-priority.ts';
import { createDueTimer, everyInterval, rest } from './node/timer.ts';
import { createNodeUpgrader } from './node/upgrade.ts';
import type { Clock, Platform, Random } from './platform.ts';
import { createTraceScope } from './trace-scope.ts';

const TICK_MS = 60_000;
/** A read of the file is synchronous: what waits beside a large list waits for this many objects. */
const FILE_LIST_PAGE = 100;
/** A database over HTTP looks at as many rows as are asked for, then cuts at a megabyte: about as many large ones as that. */
const HTTP_LIST_PAGE = 200;
const volatileKeys = new Set(resources.filter((definition) => definition.storage === 'volatile').map(storageKey));
const isVolatile = (resource: string): boolean => volatileKeys.has(resource);

const clock: Clock = { now: () => Date.now() };
const random: Random = { bytes: (length) => randomBytes(length), uuid: () => randomUUID(), float: () => Math.random() };

export interface ControlPlane {
  readonly url: string;
  readonly platform: Platform;
  readonly loop: Loop;
  stop(): Promise<void>;
}

/** Given the same clock and randomness as everything else. */
export type OpenStore = (options: FileStoreOptions) => ReturnType<typeof openFileStore>;

/**
 * `openStore`: another durable store than the file in `config.dir`.
 * @throws StoreError, and errors of listen, each with a message for a person.
 */
export const startControlPlane = async (
  config: NodePlatformConfig,
  write: (line: string) => void,
  openStore: OpenStore = openFileStore,
): Promise<ControlPlane> => {
  const log = createLogger('control-plane', config.logLevel ?? 'info', write);
  const keys = readKeys(config);
  const turn = createRoundTurn();
  const joinCommits = (run: () => void): void => turn.join(run, COMMIT_MS);
  const durable = await openStore({ path: join(config.dir, 'kedge.db'), clusterUid: config.clusterUid, clock, random, joinCommits });
  const identity = await durable.identity();
  const volatile = createVolatileStore({ identity, clock, random });
  const tracer = createTracer({ scope: createTraceScope(), clock, random, log });
  const telemetry = createTelemetry({ component: 'control-plane', clock, tracer });
  const store = observedStore(composeStores({ durable, volatile, isVolatile, clock, stamps: createStamps(findByStorageKey) }), telemetry);
  const sealer = createSealer(keys.sealingKeys, config.clusterUid);
  const cache = createInformerCache({ store, sealer, resources, clock });
  const upgrader = createNodeUpgrader();
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();

  const background = (work: Promise<unknown>): void => {
    const settled = work
      .catch((error) => log.error('background work failed', { error: String(error) }))
      .finally(() => running.delete(settled));
    running.add(settled);
  };

  const hub = createInProcessHub({
    store,
    cache,
    registry: () => registry,
    sealer,
    keys,
    clusterUid: config.clusterUid,
    version: VERSION,
    clock,
    steadyMs: () => performance.now(),
    log,
    upgrader,
    rest,
    onRound: turn.beginRound,
    onHandedOut: (ms) => telemetry.watched(ms),
    poke: () => loop.poke(),
  });
  countSilence(telemetry, () => hub.liveness(), clock);
  const platform: Platform = {
    store,
    listPage: openStore === openFileStore ? FILE_LIST_PAGE : HTTP_LIST_PAGE,
    telemetry,
    parsed: cache.parsed,
    turns: new Turns(),
    hub,
    relay: createInProcessRelay({ hub, upgrader, sessions: hub.sessions }),
    upgrader,
    outbound: nodeOutbound,
    tracer,
    keys,
    ...(config.agentDir === undefined ? {} : { agentFiles: agentFilesIn(config.agentDir) }),
    bootstrapTokens: config.bootstrapTokens,
    ...(config.oidc ? { oidc: config.oidc } : {}),
    ...(config.audit ? { audit: config.audit } : {}),
    cluster: {
      clusterUid: config.clusterUid,
      podCIDR: config.podCIDR,
      nodeCIDRMask: 24,
      serviceCIDR: config.serviceCIDR,
      clusterDomain: 'cluster.local',
      nodePortRange: config.nodePortRange ?? [30_000, 32_767],
      rootCA: readFileSync(config.tls.ca, 'utf8'),
    },
    issuer: 'https://kubernetes.default.svc.cluster.local',
    version: VERSION,
    clock,
    random,
    log,
    background,
  };
  const registry = createRegistry(platform);
  const timer = createDueTimer(clock.now, () => loop.wake());
  const loop = createLoop({
    platform,
    cache,
    registry,
    controllers,
    timer,
    joinPasses: (run) => turn.join(run, PASS_MS),
    mark: fileMark(join(config.dir, 'deciding')),
    tasks: createTasks(platform, registry),
    metricsCall: createAggregateCall({ ...platform, frontProxy: createFrontProxy(platform, registry) }),
  });
  const app = createApp(platform);
  const fetch = (request: Request): Response | Promise<Response> => app.fetch(request);

  await loop.start(stopping.signal);
  const tick = async (): Promise<void> => {
    await hub.mend();
    await loop.tick();
    const target = compactTo(await durable.head());
    if (target !== undefined) await durable.compact(target);
    await resealRound({ platform, registry });
  };
  everyInterval(TICK_MS, () => background(tick()), stopping.signal);
  const collectWhenIdle = idleCollectionOfProcess();
  if (collectWhenIdle) everyInterval(LOOK_MS, collectWhenIdle, stopping.signal);
  lowerHelperThreads();
  const server = await startHttpServer({
    ...config.listen,
    cert: config.tls.cert,
    key: config.tls.key,
    fetch,
    upgrade: upgrader.handle(`https://${config.listen.host}:${config.listen.port}`, fetch),
    onCertificateError: (error) => log.warn('the new certificate cannot be read', { error: String(error) }),
  }).catch(async (error) => {
    await store.close();
    throw error;
  });

  return {
    url: `https://${config.listen.host}:${server.port}`,
    platform,
    loop,
    stop: async () => {
      hub.goAway('the control plane is stopping', 500);
      stopping.abort();
      upgrader.close();
      await server.close();
      hub.close();
      await Promise.allSettled(running);
      await store.close();
    },
  };
};

/** What a person should read when a start fails. */
const plain = (error: unknown, config: NodePlatformConfig | undefined): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  const port = config?.listen.port;
  if (code === 'EADDRINUSE') return `port ${port} is in use by another program; choose another with --port`;
  if (code === 'EACCES' && port !== undefined && port < 1024) return `port ${port} needs root; choose one above 1023 with --port`;
  return message ?? String(error);
};

const main = async (): Promise<void> => {
  const write = (line: string): void => void process.stderr.write(`${line}\n`);
  // a log that a full disk refuses is no reason to end: what is stored can still be read
  process.stderr.on('error', () => {});
  let config: NodePlatformConfig | undefined;
  try {
    config = readConfig(process.argv);
    const controlPlane = await startControlPlane(config, write);
    const stop = (): void => {
      controlPlane.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    process.stdout.write(`${JSON.stringify({ ready: true, url: controlPlane.url })}\n`);
  } catch (error) {
    createLogger('control-plane', 'error', write).error(plain(error, config));
    process.exit(1);
  }
};

if (import.meta.main) await main();
