/**
 * The kubelet's HTTP paths that tools read through the API server's `nodes/NAME/proxy`: health, metrics, usage, pods, configuration, logs of containers.
 * Nothing listens: requests come over the agent's own streams, and the API server has judged them. What is not served is not found, in the kubelet's words.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
 */

import type { Pod } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { gitVersion } from '#schema/version.ts';
import type { AgentSettings, ViewStore } from '../context.ts';
import { MAX_PODS } from '../node/resources.ts';
import { json, type KubeletAnswer, type KubeletRequest, pageNotFound, plain } from './answer.ts';
import { type ContainerLogsOptions, containerLogs } from './container-logs.ts';
import { agentMetrics, resourceMetrics } from './metrics-text.ts';
import { statsSummary } from './stats-summary.ts';
import { createUsageReadings, type UsageReadingsOptions } from './usage-readings.ts';

export interface KubeletOptions extends UsageReadingsOptions, Omit<ContainerLogsOptions, 'pods' | 'runtime'> {
  readonly runtime: UsageReadingsOptions['runtime'] & ContainerLogsOptions['runtime'];
  readonly view: Pick<ViewStore, 'list'>;
  readonly settings: Pick<AgentSettings, 'nodeName' | 'clusterDNS' | 'clusterDomain'>;
  /** The machine's memory, in bytes. */
  readonly memoryBytes: () => Promise<number>;
}

export type Kubelet = (request: KubeletRequest) => Promise<KubeletAnswer>;

type Path = (request: KubeletRequest) => KubeletAnswer | Promise<KubeletAnswer>;

const METRICS = 'text/plain; version=0.0.4; charset=utf-8';
const exposition = (body: string): KubeletAnswer => ({ status: 200, contentType: METRICS, body });
const healthy: Path = () => plain('ok');

export const createKubelet = (options: KubeletOptions): Kubelet => {
  const { view, settings, clock } = options;
  const readings = createUsageReadings(options);
  const startedAtMs = clock.now();
  const own = (): Pod[] => view.list<Pod>('core/pods').filter(({ spec }) => spec.nodeName === settings.nodeName);
  const podList = (pods: readonly Pod[]): KubeletAnswer => {
    const items = pods.map((pod) => ({ ...pod, apiVersion: 'v1', kind: 'Pod' }));
    return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
  };
  const runningPods: Path = () => {
    const uids = new Set(options.pods.running().map(({ uid }) => uid));
    return podList(own().filter(({ metadata }) => uids.has(metadata.uid!)));
  };

  const paths: Readonly<Record<string, Path>> = {
    '/healthz': healthy,
    '/healthz/ping': healthy,
    '/healthz/log': healthy,
    '/healthz/syncloop': healthy,
    '/metrics': () => {
      const running = options.pods.running();
      const { user, system } = process.cpuUsage();
      return exposition(
        agentMetrics({
          nodeName: settings.nodeName,
          gitVersion: gitVersion(),
          runningPods: running.length,
          runningContainers: running.reduce((sum, { containers }) => sum + containers.length, 0),
          desiredPods: own().length,
          startedAt: startedAtMs / 1000,
          cpuSeconds: (user + system) / 1e6,
          residentBytes: process.memoryUsage.rss(),
        }),
      );
    },
    '/metrics/resource': async () => exposition(resourceMetrics(await readings.now())),
    '/stats/summary': async ({ signal }) =>
      json(statsSummary(await readings.pair(signal), { name: settings.nodeName, memoryBytes: await options.memoryBytes(), startedAtMs })),
    '/pods': () => podList(own()),
    '/runningpods': runningPods,
    '/configz': () =>
      json({
        kubeletconfig: {
          kind: 'KubeletConfiguration',
          apiVersion: 'kubelet.config.k8s.io/v1beta1',
          clusterDNS: settings.clusterDNS ? [settings.clusterDNS] : [],
          clusterDomain: settings.clusterDomain,
          maxPods: MAX_PODS,
        },
      }),
  };

  return async (request) => {
    const path = request.path.length > 1 ? request.path.replace(/\/$/, '') : request.path;
    const logs = path.startsWith('/containerLogs/');
    const found = getOwn(paths, path);
    if (!found && !logs) return pageNotFound();
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain('405: Method Not Allowed', 405);
    return found ? found(request) : containerLogs({ ...request, path }, { ...options, pods: own });
  };
};
