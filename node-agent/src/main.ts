/**
 * The node agent: view from the control plane, pods through Docker, the node's network, reports back. The composition root: nothing else of the agent reads
 * configuration, clock or randomness. SIGTERM and SIGINT end it in order; pods and their network rules stay.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import type { Node } from '#schema/core/node.ts';
import type { KubeObject } from '#schema/resource.ts';
import { gitVersion, VERSION } from '#schema/version.ts';
import { keptPodsCondition } from './client/kept-pods.ts';
import { createSyncClient } from './client/sync-client.ts';
import { createClock, createLogger } from './clock.ts';
import { type AgentConfig, readConfig } from './config.ts';
import type { AgentSettings, Logger } from './context.ts';
import { createFencing, WATCHDOG } from './fencing/fencing.ts';
import { bootId, momentNow } from './fencing/moment.ts';
import { runWatchdog } from './fencing/watchdog.ts';
import { createKubelet } from './kubelet/kubelet.ts';
import { createNodeNetwork } from './network/node-network.ts';
import { createMeter } from './node/meter.ts';
import { createNodeReporter } from './node/reporter.ts';
import { createPodController } from './pods/controller.ts';
import { dockerAt } from './runtime/docker/docker-at.ts';
import { createContainerRuntime } from './runtime/docker/docker-runtime.ts';
import { createStreamEndpoint } from './streams/endpoint.ts';

/** What is still open after this long at the end is left; everything is rebuilt from containers and disk. */
const STOP_MS = 5_000;

const settingsOf = (config: AgentConfig): AgentSettings => {
  const { clusterUid, nodeName, dir, server, serviceCIDR, clusterDNS, clusterDomain } = config;
  return { clusterUid, nodeName, dir, server, serviceCIDR, clusterDNS, clusterDomain };
};

const readIf = (path: string | undefined): string | undefined => (path === undefined ? undefined : readFileSync(path, 'utf8'));

export interface Agent {
  /** Settles once the control plane knows this node. */
  readonly registered: Promise<void>;
  /** Settles once the control plane shows this node as Ready, as an agent of this version reported it. */
  readonly ready: Promise<void>;
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** @throws Error when a file of the configuration cannot be read. */
export const createAgent = (config: AgentConfig, log: Logger): Agent => {
  mkdirSync(config.dir, { recursive: true, mode: 0o700 });
  const settings = settingsOf(config);
  const clock = createClock();
  const docker = dockerAt(config.dockerHost);
  const ca = readIf(config.caFile);
  const remote = { server: config.server, token: () => readFileSync(config.tokenFile, 'utf8').trim(), ...(ca ? { ca } : {}) };
  const certificate = readIf(config.servingCertFile);
  const key = readIf(config.servingKeyFile);

  const { clusterUid } = settings;
  const watchdog = { program: process.argv[1]!, clusterUid, dockerHost: config.dockerHost };
  const fencing = createFencing({ dir: settings.dir, clock, log, now: momentNow, boot: bootId(), watchdog });
  const client = createSyncClient({
    ...remote,
    clusterUid,
    heartbeat: fencing.heartbeat,
    nodeName: settings.nodeName,
    dir: settings.dir,
    version: VERSION,
    clock,
    random: Math.random,
    log,
  });
  const { view, reports, api } = client;
  const network = createNodeNetwork({
    settings,
    view,
    docker,
    clock,
    log,
    ...(certificate && key ? { serving: { certificate, key } } : {}),
    ...(ca ? { ca } : {}),
  });
  const runtime = createContainerRuntime({ docker, clusterUid: settings.clusterUid, network: () => network.dockerNetwork });
  const pods = createPodController({ runtime, view, reports, network, api, clock, log, settings, fencing });
  const moreConditions = () => {
    const { incarnation, complete, get } = view;
    const condition = keptPodsCondition({ incarnation, complete, connected: client.connected, get }, settings.nodeName, pods.kept);
    return condition ? [condition] : [];
  };
  const node = createNodeReporter({ runtime, reports, view, network, settings, clock, log, moreConditions });
  const { findContainer, findPod, known } = pods;
  const memoryBytes = async () => (await runtime.info()).memoryBytes;
  const kubelet = createKubelet({ runtime, pods, findContainer, view, settings, clock, memoryBytes });
  const streams = createStreamEndpoint({ ...remote, runtime, findContainer, findPod, known, kubelet, clock, log });
  client.onOpenStream((message) => void streams.open(message));
  const meter = createMeter({ runtime, pods, clock, log });
  client.onWantMetrics(({ forMs }) => meter.want(forMs));

  const ownKey = `core/nodes//${settings.nodeName}`;
  // either may come last: a first view that changes nothing only makes the connection one
  const registered = new Promise<void>((resolve) => {
    const look = (): void => {
      if (client.connected && view.get(ownKey)) resolve();
    };
    view.onChange(look);
    client.onConnection(look);
  });

  const ready = new Promise<void>((resolve) => {
    const look = (): void => {
      const status = view.get<Node & KubeObject>(ownKey)?.status;
      const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      if (client.connected && isReady && status?.nodeInfo?.kubeletVersion === gitVersion()) resolve();
    };
    view.onChange(look);
    client.onConnection(look);
  });

  return {
    registered,
    ready,
    run: async (signal) => {
      const networking = network.serve(signal).catch((error) => log.error('the pod network failed', { error: String(error) }));
      const podding = network.ready.then(
        () => pods.run(signal),
        () => undefined,
      );
      const syncing = client.run(signal);
      const reporting = node.run(signal);
      const measuring = meter.run(signal, client.sendMetrics);
      const fencingPods = fencing.run(signal);
      void runtime.prepare();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      streams.close();
      const parts = { network: networking, sync: syncing, node: reporting, pods: podding, meter: measuring, fencing: fencingPods };
      const running = new Set(Object.keys(parts));
      const ending = Object.entries(parts).map(([name, part]) => part.finally(() => running.delete(name)));
      await Promise.race([Promise.allSettled(ending), clock.sleep(STOP_MS)]);
      if (running.size > 0) log.warn('parts of the agent did not end in time', { parts: [...running] });
    },
  };
};

const main = async (): Promise<void> => {
  const write = (line: string): void => void process.stderr.write(`${line}\n`);
  // a log that a full disk refuses is no reason to leave the pods
  process.stderr.on('error', () => {});
  try {
    if (process.argv[2] === WATCHDOG) {
      await runWatchdog(process.argv[3]);
      process.exit(0);
    }
    const config = readConfig(process.argv);
    const agent = createAgent(config, createLogger(config.logLevel, write));
    const stopping = new AbortController();
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());
    void agent.registered.then(() => process.stdout.write(`${JSON.stringify({ ready: true, node: config.nodeName })}\n`));
    await agent.run(stopping.signal);
    process.exit(0);
  } catch (error) {
    createLogger('error', write).error((error as Error).message ?? String(error));
    process.exit(1);
  }
};

if (import.meta.main) await main();
