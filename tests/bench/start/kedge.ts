/**
 * Kedge on the same engine: from the moment the API has received the create until a watcher sees every pod Ready. The watcher is an ordinary client
 * on the same API; kubectl's own wall time is measured beside it.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import type { Workload } from './raw.ts';

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

export interface Api {
  call(method: string, path: string, body?: unknown): Promise<any>;
  /** Resolves once `count` pods with this label are Ready in the watch; the watch is open before this returns. */
  watchReady(label: string, count: number): Promise<{ readonly ready: Promise<void> }>;
  close(): Promise<void>;
}

const isReady = (pod: any): boolean => (pod.status?.conditions ?? []).some((c: any) => c.type === 'Ready' && c.status === 'True');

export const connectApi = (kubeconfigPath: string): Api => {
  const config = parse(readFileSync(kubeconfigPath, 'utf8')) as Kubeconfig;
  const { server, 'certificate-authority-data': ca } = config.clusters[0]!.cluster;
  const dispatcher = new Agent({ connect: { ca: Buffer.from(ca, 'base64').toString() }, bodyTimeout: 0 });
  const headers = { authorization: `Bearer ${config.users[0]!.user.token}`, 'content-type': 'application/json' };
  return {
    call: async (method, path, body) => {
      const reply = await request(`${server}${path}`, {
        dispatcher,
        method: method as 'GET',
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = (await reply.body.json()) as any;
      if (reply.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.message}`);
      return answer;
    },
    watchReady: async (label, count) => {
      const query = `labelSelector=${encodeURIComponent(label)}`;
      const reply = await request(`${server}/api/v1/namespaces/default/pods?watch=true&${query}`, { dispatcher, headers });
      const watch = async (): Promise<void> => {
        const ready = new Set<string>();
        let text = '';
        for await (const chunk of reply.body) {
          text += chunk;
          const lines = text.split('\n');
          text = lines.pop()!;
          for (const line of lines) {
            if (line === '') continue;
            const { object } = JSON.parse(line);
            if (isReady(object)) ready.add(object.metadata.name);
          }
          if (ready.size >= count) return;
        }
        throw new Error('the watch ended early');
      };
      return { ready: watch().finally(() => reply.body.destroy()) };
    },
    close: () => dispatcher.destroy(),
  };
};

const podSpec = (workload: Workload) => ({
  terminationGracePeriodSeconds: 0,
  automountServiceAccountToken: false,
  containers: [
    {
      name: 'app',
      image: workload.image,
      imagePullPolicy: 'IfNotPresent',
      command: [...workload.command],
      resources: {
        limits: { cpu: `${workload.cpuQuotaMicros / 100}m`, memory: String(workload.memoryBytes) },
        requests: { cpu: '10m', memory: '1Mi' },
      },
    },
  ],
});

const PODS = '/api/v1/namespaces/default/pods';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

export const deploymentManifest = (name: string, workload: Workload) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: workload.pods,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: podSpec(workload) },
  },
});

/** Waits until no pod of this label is left, in the API. */
export const waitGone = async (api: Api, name: string): Promise<void> => {
  const until = performance.now() + 120_000;
  for (;;) {
    const { items } = await api.call('GET', `${PODS}?labelSelector=app%3D${name}`);
    if (items.length === 0) return;
    if (performance.now() > until) throw new Error(`${items.length} pods of ${name} did not go away`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** Seconds for a Deployment of `workload.pods`. */
export const timeDeployment = async (api: Api, workload: Workload, name: string): Promise<number> => {
  const { ready } = await api.watchReady(`app=${name}`, workload.pods);
  const started = performance.now();
  await api.call('POST', DEPLOYMENTS, deploymentManifest(name, workload));
  await ready;
  const seconds = (performance.now() - started) / 1000;
  await api.call('DELETE', `${DEPLOYMENTS}/${name}`);
  await waitGone(api, name);
  return seconds;
};

/** Seconds for one bare pod. */
export const timePod = async (api: Api, workload: Workload, name: string): Promise<number> => {
  const { ready } = await api.watchReady(`app=${name}`, 1);
  const started = performance.now();
  await api.call('POST', PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: podSpec(workload) });
  await ready;
  const seconds = (performance.now() - started) / 1000;
  await api.call('DELETE', `${PODS}/${name}`);
  await waitGone(api, name);
  return seconds;
};
