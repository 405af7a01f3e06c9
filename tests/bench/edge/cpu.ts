/**
 * Processor time of workerd, all threads, for each verb: TLS, wrangler's own proxy, the Worker and the objects it calls. What one invocation has taken is less. On the free plan
 * a request and a run of the cron trigger have 10 ms, events of objects have 30 s.
 */
import WebSocket from 'ws';
import { waitFor } from '../../harness/process.ts';
import type { TestAgent } from '../../workerd/agent.ts';
import type { WorkerdPlane } from '../../workerd/plane.ts';
import { atRest, nodeName } from './workloads.ts';

export interface VerbCpu {
  readonly verb: string;
  readonly ms: number;
}

/** From here on a verb is listed with how the free plan bears it. */
export const DEAR_MS = 5;

export const avoided: Readonly<Record<string, string>> = {
  'list 500': 'half of it is TLS and copying; clients that page by 100 (`--chunk-size`) stay at a fifth',
  'exec open': 'spread over four invocations (upgrade, hub, relay, the agent’s upgrade); no one of them comes near',
  'apply a CRD':
    'done once per installation; a definition beyond the limit is applied through `kedge deploy`’s own control plane run (`kedge up` on the same database)',
  'a pod made, bound and gone': 'almost all of it in the loop and the hub, whose events have 30 s',
  'watch start': 'once per five minutes and watch; the stream itself costs what its events cost',
};

const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const web = '/apis/apps/v1/namespaces/default/deployments';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const definition = (serial: number) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.bench.kedge.dev' },
  spec: {
    group: 'bench.kedge.dev',
    names: { kind: 'Thing', plural: 'things' },
    scope: 'Namespaced',
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: Object.fromEntries(
              Array.from({ length: 60 }, (_, i) => [
                `field${i}`,
                {
                  type: 'object',
                  description: `${i} of ${serial}`,
                  properties: { a: { type: 'string' }, b: { type: 'integer', minimum: 0 } },
                },
              ]),
            ),
          },
        },
      },
    ],
  },
});

export const verbCpu = async (plane: WorkerdPlane, agent: TestAgent, operations: number): Promise<VerbCpu[]> => {
  const seen: VerbCpu[] = [];
  const take = async (verb: string, work: (i: number) => Promise<unknown>, count = operations, each = 1): Promise<void> => {
    await work(-1);
    const before = plane.cpuMs();
    for (let i = 0; i < count; i++) await work(i);
    seen.push({ verb, ms: (plane.cpuMs() - before) / count / each });
  };
  const text = async (method: string, path: string, type?: string, body?: unknown): Promise<void> => {
    const init = body === undefined ? {} : { headers: { 'content-type': type ?? 'application/json' }, body: JSON.stringify(body) };
    const response = await plane.fetch(path, { method, ...init });
    const said = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${said.slice(0, 300)}`);
  };
  const config = (name: string, value: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });

  await take('nothing (GET /livez)', () => text('GET', '/livez'));
  await take('create', (i) => text('POST', maps, undefined, config(`made-${i}`, 'x'.repeat(500))), 500);
  await take('get', () => text('GET', `${maps}/made-1`));
  await take('list 500', () => text('GET', `${maps}?limit=500`));
  await take('update', (i) => text('PUT', `${maps}/made-1`, undefined, config('made-1', `put ${i}`)));
  await take('patch', (i) => text('PATCH', `${maps}/made-1`, 'application/merge-patch+json', { data: { value: `patch ${i}` } }));
  await take('server-side apply', (i) =>
    text('PATCH', `${maps}/made-2?fieldManager=bench&force=true`, 'application/apply-patch+yaml', config('made-2', `apply ${i}`)),
  );
  await take('delete', (i) => text('DELETE', `${maps}/made-${i + 10}`));
  await take('watch start', async () => {
    const stop = new AbortController();
    // the first bytes are flushed at once
    await plane.fetch(`${maps}?watch=true`, { signal: stop.signal });
    stop.abort();
  });
  await take(
    'apply a CRD',
    (i) => text('PATCH', `${crds}/things.bench.kedge.dev?fieldManager=bench&force=true`, 'application/apply-patch+yaml', definition(i)),
    Math.ceil(operations / 10),
  );
  await atRest(plane);

  const shell = await plane.call('POST', pods, {
    metadata: { name: 'shell' },
    spec: { nodeName: nodeName(0), containers: [{ name: 'c', image: 'busybox' }] },
  });
  const running = { name: 'c', ready: true, restartCount: 0, image: 'busybox', imageID: '', state: { running: {} } };
  agent.reports.send({
    ...{ kind: 'podStatus', namespace: 'default', name: 'shell', uid: shell.metadata.uid, sequence: 1 },
    status: { phase: 'Running', containerStatuses: [running] } as never,
  });
  await waitFor('the pod to run', async () => (await plane.call('GET', `${pods}/shell`)).status.phase === 'Running');
  const url = `${plane.url.replace('http', 'ws')}${pods}/shell/exec?command=true&stdout=true&container=c`;
  await take(
    'exec open',
    () =>
      new Promise((resolve, reject) => {
        const ws = new WebSocket(url, 'v5.channel.k8s.io', {
          ca: plane.ca,
          headers: { authorization: `Bearer ${plane.adminToken}` },
        });
        ws.once('close', resolve);
        ws.once('error', reject);
      }),
    Math.ceil(operations / 4),
  );
  await atRest(plane);

  const many = 50;
  const template = { metadata: { labels: { app: 'many' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
  await plane.call('POST', web, {
    metadata: { name: 'many' },
    spec: { replicas: 0, selector: { matchLabels: { app: 'many' } }, template },
  });
  const mine = () => agent.view.list('core/pods').filter(({ metadata }) => metadata.labels?.app === 'many');
  await take(
    'a pod made, bound and gone',
    async () => {
      await plane.call('PATCH', `${web}/many`, { spec: { replicas: many } });
      await waitFor('the pods', () => mine().length === many);
      await plane.call('PATCH', `${web}/many`, { spec: { replicas: 0 } });
      await waitFor('the pods to end', () => mine().every(({ metadata }) => metadata.deletionTimestamp));
      for (const { metadata } of mine()) {
        const { namespace = '', name = '', uid = '' } = metadata;
        agent.reports.send({ kind: 'podGone', namespace, name, uid });
      }
      await waitFor('the pods to be gone', () => mine().length === 0);
    },
    2,
    many,
  );
  await atRest(plane);
  await take('a run of the cron trigger at rest', () => plane.tick(60_000));
  return seen;
};
