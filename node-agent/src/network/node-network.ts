/**
 * The node's network as a whole: pod bridge, service proxy, DNS and the API endpoint, kept in step with the view. Where the machine gives no right to
 * change its network the pods still run, and `problems` says what is missing. Implements the PodNetwork port of the pod controller.
 */
import type Dockerode from 'dockerode';
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { Service } from '#schema/core/service.ts';
import type { EndpointSlice } from '#schema/discovery/endpoint-slice.ts';
import { viewKey } from '#schema/sync/protocol.ts';
import type { AgentSettings, Clock, Logger, PodNetwork, ViewStore } from '../context.ts';
import { type ApiEndpoint, startApiEndpoint } from './api-endpoint.ts';
import { type RunCommand, runCommand } from './command.ts';
import { type DnsServer, startDnsServer } from './dns/server.ts';
import { type ResolvConf, readHostResolvConf } from './dns/upstream.ts';
import { buildZone, type Zone } from './dns/zone.ts';
import { bridgeName, ensurePodBridge, firstAddressOf, networkName, type PodBridge, tableName } from './docker-network.ts';
import { applyHostRules, enableHairpin, hasInterface } from './host-rules.ts';
import { createProxyApplier, type ProxyApplier } from './proxy/apply.ts';
import { backendAddresses, type LocalService, planServices, type ServiceProgram } from './proxy/service-program.ts';
import { podResolvConf } from './resolv-conf.ts';

/** Connections that were already on their way to the pod when it left the proxy are let in before it is told to stop. */
const DRAIN_MS = 250;
const SERVICES = 'core/services';
const SLICES = 'discovery.k8s.io/endpointslices';
const RETRY_MS = 2_000;
/** Tries after which the pod network is said to be down: the first may meet what an earlier agent is still taking away. */
const PATIENT_TRIES = 5;
/** How often it is looked whether bridge and rules still stand. */
const CHECK_MS = 30_000;

export interface NodeNetworkOptions {
  readonly settings: AgentSettings;
  readonly view: ViewStore;
  readonly docker: Dockerode;
  readonly clock: Clock;
  readonly log: Logger;
  /** Certificate of the cluster's CA for the `kubernetes` Service, PEM; absent: pods cannot reach the API in-cluster. */
  readonly serving?: { readonly certificate: string; readonly key: string };
  readonly ca?: string;
  readonly run?: RunCommand;
}

export interface NodeNetwork extends PodNetwork {
  /** Settles when the pod bridge stands, i.e. pods may start. */
  readonly ready: Promise<PodBridge>;
  /** Resolves when the newest view has been worked in. */
  settled(): Promise<void>;
  /** Keeps everything in step until `signal` aborts; the rules and the bridge stay, so that pods keep serving. */
  serve(signal: AbortSignal): Promise<void>;
}

const ownZone = (view: ViewStore, nodeName: string): string | undefined =>
  view.get<Node>(viewKey('core/nodes', '', nodeName))?.metadata.labels?.['topology.kubernetes.io/zone'];

const ownPodCidr = (view: ViewStore, nodeName: string): string | undefined =>
  view.get<Node>(viewKey('core/nodes', '', nodeName))?.spec?.podCIDR || undefined;

export const createNodeNetwork = (options: NodeNetworkOptions): NodeNetwork => {
  const { settings, view, log, clock } = options;
  const run = options.run ?? runCommand;
  const problems: string[] = [];
  let down: string | undefined;
  const draining = new Map<string, string>();
  const bridge = Promise.withResolvers<PodBridge>();
  bridge.promise.catch(() => {});
  let host: ResolvConf = { nameservers: [], search: [], options: [] };
  let proxy: ProxyApplier | undefined;
  let dns: DnsServer | undefined;
  let api: ApiEndpoint | undefined;
  let zone: Zone = buildZone([], [], settings.clusterDomain);
  let applied = '';
  /** Zone of this node that the program was made for. */
  let nodeZone: string | undefined;
  let program: ServiceProgram = { ports: [] };
  let working: Promise<void> = Promise.resolve();
  let stopped = false;

  const localServices = (gateway: string): LocalService[] => {
    const out: LocalService[] = [];
    if (dns) {
      for (const protocol of ['udp', 'tcp'] as const) {
        out.push({
          id: `kube-system/kube-dns/${protocol}`,
          protocol,
          address: settings.clusterDNS,
          port: 53,
          backend: { ip: gateway, port: dns.port },
        });
      }
    }
    if (api) {
      const address = firstAddressOf(settings.serviceCIDR);
      out.push({ id: 'default/kubernetes/https/tcp/443', protocol: 'tcp', address, port: 443, backend: { ip: gateway, port: api.port } });
    }
    return out;
  };

  const planProgram = (gateway: string): ServiceProgram => {
    nodeZone = ownZone(view, settings.nodeName);
    return planServices({
      services: view.list<Service>(SERVICES),
      slices: view.list<EndpointSlice>(SLICES),
      local: localServices(gateway),
      nodeName: settings.nodeName,
      zone: nodeZone,
      draining: new Set(draining.values()),
    });
  };

  /** Brings zone and proxy to the view's state. Serialised; a failed apply is tried again by itself. */
  const synchronize = (gateway: string): Promise<void> => {
    working = working.then(async () => {
      zone = buildZone(view.list<Service>(SERVICES), view.list<EndpointSlice>(SLICES), settings.clusterDomain);
      program = planProgram(gateway);
      const text = JSON.stringify(program);
      if (!proxy || text === applied) return;
      try {
        await Promise.all([proxy.apply(program), enableHairpin(run, bridgeName(settings.clusterUid))]);
        applied = text;
      } catch (error) {
        log.error('service proxy: the rules were not applied', { error: String(error) });
        void clock.sleep(RETRY_MS).then(() => (stopped ? undefined : synchronize(gateway)));
      }
    });
    return working;
  };

  const rulesOf = ({ bridge }: PodBridge, podCIDR: string) => ({
    ...{ table: tableName(settings.clusterUid), serviceCIDR: settings.serviceCIDR },
    ...{ podCIDR, bridge },
  });

  const startProxy = async (pods: PodBridge, podCIDR: string): Promise<void> => {
    if (!(await hasInterface(pods.bridge))) {
      problems.push('services are off: the Docker Engine runs in another network (a virtual machine?), so this host cannot route to pods');
      return;
    }
    try {
      const nft = rulesOf(pods, podCIDR);
      proxy = await createProxyApplier(run, nft);
      problems.push(...(await applyHostRules(run, { ...nft, comment: nft.table })));
    } catch (error) {
      proxy = undefined;
      problems.push(`services are off: ${(error as Error).message.split('\n')[0]} (run the agent as root, with nftables installed)`);
    }
  };

  const startEndpoints = async (pods: PodBridge): Promise<void> => {
    if (!proxy) return;
    try {
      dns = await startDnsServer({ address: pods.gateway, port: 0, zone: () => zone, upstream: host.nameservers, log });
    } catch (error) {
      problems.push(`cluster DNS is off: ${(error as Error).message}`);
    }
    if (!options.serving) {
      problems.push('pods cannot reach the API: this node has no serving certificate');
      return;
    }
    try {
      const { certificate, key } = options.serving;
      api = await startApiEndpoint({
        address: pods.gateway,
        certificate,
        key,
        server: settings.server,
        ...(options.ca ? { ca: options.ca } : {}),
        log,
      });
    } catch (error) {
      problems.push(`pods cannot reach the API: ${(error as Error).message}`);
    }
  };

  const waitForCidr = async (signal: AbortSignal): Promise<string> => {
    const known = ownPodCidr(view, settings.nodeName);
    if (known) return known;
    return new Promise((resolve, reject) => {
      const stop = view.onChange(() => {
        const cidr = ownPodCidr(view, settings.nodeName);
        if (!cidr) return;
        stop();
        resolve(cidr);
      });
      signal.addEventListener('abort', () => {
        stop();
        reject(signal.reason);
      });
    });
  };

  const isNode = (name: string): boolean => view.get(viewKey('core/nodes', '', name)) !== undefined;

  const ensureBridge = async (podCIDR: string, signal: AbortSignal): Promise<PodBridge> => {
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted();
      try {
        const made = await ensurePodBridge(options.docker, { ...settings, podCIDR, isNode });
        down = undefined;
        return made;
      } catch (error) {
        if (tries >= PATIENT_TRIES) down = (error as Error).message;
        log.error('pod network: cannot be made, trying again', { error: String(error) });
        await clock.sleep(RETRY_MS, signal);
      }
    }
  };

  /** A firewall that is loaded anew, or a person who cleans up, takes away what nobody else would put back. */
  const keepUp = async (pods: PodBridge, podCIDR: string, signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(CHECK_MS, signal);
      if (signal.aborted || !proxy) return;
      const bridgeStands = await hasInterface(pods.bridge);
      if (bridgeStands && (await proxy.stands())) continue;
      // who ends the agent may be taking the rules away
      if (signal.aborted) return;
      log.warn(`pod network: ${bridgeStands ? 'the rules of services' : 'the bridge'} had been removed by another program, made again`);
      if (!bridgeStands) await ensureBridge(podCIDR, signal);
      const rules = rulesOf(pods, podCIDR);
      for (const problem of await applyHostRules(run, { ...rules, comment: rules.table })) log.warn(problem);
      applied = '';
      await synchronize(pods.gateway);
    }
  };

  return {
    dockerNetwork: networkName(settings.clusterUid),
    problems,
    get down() {
      return down;
    },
    ready: bridge.promise,
    settled: () => working,
    resolvConf: (pod) => podResolvConf(pod, host, { domain: settings.clusterDomain, ...(dns ? { nameserver: settings.clusterDNS } : {}) }),
    drain: async (pod: Pod) => {
      const ip = pod.status?.podIP;
      if (!ip || !proxy || !backendAddresses(program).includes(ip)) return;
      draining.set(pod.metadata.uid!, ip);
      await synchronize((await bridge.promise).gateway);
      await clock.sleep(DRAIN_MS);
    },
    serve: async (signal) => {
      host = await readHostResolvConf();
      const podCIDR = await waitForCidr(signal);
      const pods = await ensureBridge(podCIDR, signal);
      await startProxy(pods, podCIDR);
      await startEndpoints(pods);
      await synchronize(pods.gateway);
      bridge.resolve(pods);
      for (const problem of problems) log.warn(problem);
      const stop = view.onChange((changed) => {
        // an address that leaves `draining` may be given to another pod
        let released = false;
        for (const uid of draining.keys()) {
          if (!view.list<Pod>('core/pods').some((pod) => pod.metadata.uid === uid)) released = draining.delete(uid);
        }
        const moved = ownZone(view, settings.nodeName) !== nodeZone;
        if (released || moved || [...changed].some((key) => key.startsWith(`${SERVICES}/`) || key.startsWith(`${SLICES}/`))) {
          void synchronize(pods.gateway);
        }
      });
      const keeping = keepUp(pods, podCIDR, signal).catch((error: Error) => {
        if (!signal.aborted) log.error(`pod network: ${error.message}`);
      });
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      stop();
      stopped = true;
      await keeping;
      await working;
      await Promise.allSettled([dns?.close(), api?.close()]);
    },
  };
};

export { bridgeName, networkName, tableName };
