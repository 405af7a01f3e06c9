/**
 * Keeps this node's Node object true: registers it, and reports labels, capacity, addresses, images and conditions when one of them changed or the view
 * shows something else. Heartbeats are not its business: a healthy idle node sends nothing.
 */

import type { Node } from '#schema/core/node.ts';
import { FENCES } from '#schema/core/pod-failover.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { viewKey } from '#schema/sync/protocol.ts';
import { gitVersion } from '#schema/version.ts';
import type { AgentSettings, Clock, Logger, PodNetwork, ReportSink, ViewStore } from '../context.ts';
import type { ContainerRuntime, RuntimeInfo } from '../runtime/runtime.ts';
import { nodeAddress } from './address.ts';
import { type NodeCondition, nodeConditions } from './conditions.ts';
import { readMachineIdentity, readPressure } from './facts.ts';
import { toResources } from './resources.ts';

export interface NodeReporterOptions {
  readonly runtime: ContainerRuntime;
  readonly reports: ReportSink;
  readonly view: ViewStore;
  readonly network: Pick<PodNetwork, 'problems' | 'down'>;
  readonly settings: AgentSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly hostIP?: string;
  /** Conditions of other parts of the agent. */
  readonly moreConditions?: () => readonly NodeCondition[];
  /** What `kubectl get nodes` shows as VERSION. */
  readonly version?: string;
}

export interface NodeReporter {
  run(signal: AbortSignal): Promise<void>;
  /** Looks now; sends what differs. */
  check(): Promise<void>;
}

const INTERVAL_MS = 30_000;
/** Upstream's limits of the image list. */
const MAX_IMAGES = 50;
const MAX_IMAGE_NAMES = 5;

type Condition = NodeCondition & { lastHeartbeatTime: string; lastTransitionTime: string };

const imagesOf = async (runtime: ContainerRuntime): Promise<object[]> =>
  [...(await runtime.listImages())]
    .sort((a, b) => b.sizeBytes - a.sizeBytes || ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1))
    .slice(0, MAX_IMAGES)
    .map(({ names, sizeBytes }) => ({ names: [...names].sort().slice(0, MAX_IMAGE_NAMES), sizeBytes }));

export const createNodeReporter = (options: NodeReporterOptions): NodeReporter => {
  const { runtime, reports, view, network, settings, clock, log } = options;
  const key = viewKey('core/nodes', undefined, settings.nodeName);
  let info: RuntimeInfo | undefined;
  let images: object[] = [];
  let conditions: readonly Condition[] = [];
  let sent = '';
  let sentIncarnation = '';
  let known = false;

  const withTimes = (fresh: readonly NodeCondition[]): Condition[] => {
    const now = toRfc3339(clock.now());
    const before = conditions.length > 0 ? conditions : ((view.get<Node>(key)?.status?.conditions ?? []) as Condition[]);
    return fresh.map((condition) => {
      const old = before.find(({ type }) => type === condition.type);
      const kept = old?.status === condition.status ? old.lastTransitionTime : undefined;
      return { ...condition, lastHeartbeatTime: now, lastTransitionTime: kept || now };
    });
  };

  const check = async (): Promise<void> => {
    let runtimeError: string | undefined;
    try {
      info = await runtime.info();
      images = await imagesOf(runtime);
    } catch (error) {
      runtimeError = (error as Error).message;
    }
    // Nothing is known of this node yet: better not there than wrong.
    if (!info) return log.warn(`container engine: ${runtimeError}`);
    const pressure = await readPressure(settings.dir);
    const own = nodeConditions({
      pressure,
      ...(runtimeError ? { runtimeError } : {}),
      networkError: network.down,
      networkProblems: network.problems,
    });
    conditions = withTimes([...own, ...(options.moreConditions?.() ?? [])]);
    const labels = {
      'kubernetes.io/arch': info.architecture,
      'kubernetes.io/hostname': settings.nodeName,
      'kubernetes.io/os': info.os,
    };
    const status = {
      ...(await toResources(info, settings.dir)),
      addresses: [
        { type: 'InternalIP', address: options.hostIP ?? (await nodeAddress()) },
        { type: 'Hostname', address: settings.nodeName },
      ],
      images,
      nodeInfo: {
        ...(await readMachineIdentity()),
        architecture: info.architecture,
        containerRuntimeVersion: info.version,
        kernelVersion: info.kernelVersion,
        kubeletVersion: options.version ?? gitVersion(),
        kubeProxyVersion: '',
        operatingSystem: info.os,
        osImage: info.osImage,
      },
    };
    const stable = conditions.map(({ lastHeartbeatTime: _, ...condition }) => condition);
    const text = JSON.stringify({ labels, status, stable });
    const shown = view.get<Node>(key)?.status?.conditions ?? [];
    const overruled = conditions.some(({ type, status }) => shown.some((other) => other.type === type && other.status !== status));
    const forgotten = view.complete && ((known && view.get(key) === undefined) || view.incarnation !== sentIncarnation);
    known = view.get(key) !== undefined;
    if (text === sent && !forgotten && !overruled) return;
    sent = text;
    sentIncarnation = view.incarnation;
    reports.send({ kind: 'node', labels, annotations: { [FENCES]: 'true' }, status: { ...status, conditions } });
  };

  return {
    check,
    async run(signal) {
      let again = new AbortController();
      const unsubscribe = view.onChange((changed) => {
        // The object went away or was taken for lost, or another incarnation knows nothing of this node.
        if (changed.has(key) || view.incarnation !== sentIncarnation) again.abort();
      });
      const end = () => again.abort();
      signal.addEventListener('abort', end, { once: true });
      const involvedObject = { kind: 'Node', name: settings.nodeName, uid: settings.nodeName };
      const starting = { reason: 'Starting', message: 'Starting kubelet.', time: toRfc3339(clock.now()), component: 'kubelet' };
      reports.send({ kind: 'event', involvedObject, eventType: 'Normal', ...starting });
      while (!signal.aborted) {
        await check().catch((error: Error) => log.warn(`node status: ${error.message}`));
        // News during the check: look again, but not in a tight circle.
        if (again.signal.aborted) await clock.sleep(1_000, signal);
        else await clock.sleep(INTERVAL_MS, again.signal);
        again = new AbortController();
      }
      unsubscribe();
    },
  };
};
