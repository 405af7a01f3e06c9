/**
 * Processor time of workerd for each verb, all threads: TLS, wrangler's own proxy, the Worker, and what the objects answer it. Here nobody tells the hub of writes and the loop
 * decides only on ticks, so what they do afterwards (they have 30 s an event) is not in it. On the free plan a request and a run of the cron trigger have 10 ms.
 */
import WebSocket from 'ws';
import { waitFor } from '../../harness/process.ts';
import type { TestAgent } from '../../workerd/agent.ts';
import { startWorkerdPlane, type WorkerdPlane, workerModule } from '../../workerd/plane.ts';
import { joined, nodeName } from './workloads.ts';

export interface VerbCpu {
  readonly verb: string;
  readonly ms: number;
}

/** A verb that takes longer has come to a stand. */
const VERB_MS = 180_000;
/** Before a connection that said its goodbye is ended: workerd itself ends one on which the client never spoke only when the object goes to sleep, 10 s later. */
const GOODBYE_MS = 1;

/** From here on a verb is listed with how the free plan bears it. */
export const DEAR_MS = 5;

const write =
  'an invocation of its own: many objects are many requests with 10 ms each, and what follows a write (followers, views, decisions) is done by objects';

export const avoided: Readonly<Record<string, string>> = {
  'list 500': 'stored bodies are passed on unparsed; kubectl pages, and `--chunk-size=100` makes five requests of a fifth each',
  'watch start': 'once a watch and five to ten minutes; waiting costs nothing, and its events come from the hub',
  'exec open':
    'four invocations share it (the client’s and the agent’s upgrade, hub and relay), and what is copied afterwards is copied by the relay object',
  'apply a CRD': 'once an installation, each definition in a request of its own',
  create: write,
  update: write,
  patch: write,
  'server-side apply': write,
  delete: write,
};

/** Only writes of what an agent must know reach the objects. */
const quietObjects = `
import worker from ${workerModule('platform/workers/worker.ts')};
import { HubObject as Hub } from ${workerModule('platform/workers/hub-object.ts')};
import { LoopObject as Loop } from ${workerModule('platform/workers/loop-object.ts')};
export { RelayObject } from ${workerModule('platform/workers/relay-object.ts')};
const heard = ['core/nodes', 'core/pods'];
export class HubObject extends Hub {
  async notify(changes) {
    const told = changes.filter(({ resource }) => heard.includes(resource));
    if (told.length > 0) await super.notify(told);
  }
}
export class LoopObject extends Loop { async poke() {} async alarm() {} }
export default worker;
`;

const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
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

export const verbCpu = async (operations: number): Promise<VerbCpu[]> => {
  const plane = await startWorkerdPlane({ nodes: [nodeName(0)], worker: quietObjects });
  let agent: TestAgent | undefined;
  try {
    await plane.tick();
    await waitFor('the default account', async () => {
      await plane.tick();
      return plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default');
    });
    agent = await joined(plane, 0);
    await waitFor('its node', () => plane.call('GET', `/api/v1/nodes/${nodeName(0)}`));
    return await verbsOf(plane, agent, operations);
  } finally {
    await agent?.stop();
    await plane.stop();
  }
};

/** @throws Error when the work has not ended by then */
const within = async <T>(what: string, ms: number, work: Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`"${what}" has not ended within ${ms / 1000} s`)), ms);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
};

const verbsOf = async (plane: WorkerdPlane, agent: TestAgent, operations: number): Promise<VerbCpu[]> => {
  const seen: VerbCpu[] = [];
  const take = async (verb: string, work: (i: number) => Promise<unknown>, count = operations): Promise<void> => {
    const all = async (): Promise<number> => {
      // the first of each compiles and reads what the rest find ready
      for (let i = -Math.ceil(count / 4); i < 0; i++) await work(i);
      const before = plane.cpuMs();
      for (let i = 0; i < count; i++) await work(i);
      return (plane.cpuMs() - before) / count;
    };
    seen.push({ verb, ms: await within(verb, VERB_MS, all()) });
  };
  const text = async (method: string, path: string, type?: string, body?: unknown): Promise<void> => {
    const init = body === undefined ? {} : { headers: { 'content-type': type ?? 'application/json' }, body: JSON.stringify(body) };
    const response = await plane.fetch(path, { method, ...init });
    const said = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${said.slice(0, 300)}`);
  };
  const config = (name: string, value: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });

  await take('nothing (GET /livez)', () => text('GET', '/livez'));
  await take('create', (i) => text('POST', maps, undefined, config(`made-${i + 1_000}`, 'x'.repeat(500))), 500);
  await take('get', () => text('GET', `${maps}/made-1000`));
  await take('list 500', () => text('GET', `${maps}?limit=500`));
  await take('update', (i) => text('PUT', `${maps}/made-1000`, undefined, config('made-1000', `put ${i}`)));
  await take('patch', (i) => text('PATCH', `${maps}/made-1000`, 'application/merge-patch+json', { data: { value: `patch ${i}` } }));
  await take('server-side apply', (i) =>
    text('PATCH', `${maps}/made-1001?fieldManager=bench&force=true`, 'application/apply-patch+yaml', config('made-1001', `apply ${i}`)),
  );
  await take('delete', (i) => text('DELETE', `${maps}/made-${i + 1_200}`));
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
      new Promise<void>((resolve, reject) => {
        const headers = { authorization: `Bearer ${plane.adminToken}` };
        const ws = new WebSocket(url, 'v5.channel.k8s.io', { ca: plane.ca, headers, ...{ closeTimeout: GOODBYE_MS } });
        let said = '';
        ws.on('message', (data: Buffer) => {
          said = data.toString();
        });
        ws.once('close', (code) => (said.includes('Success') ? resolve() : reject(new Error(`the shell ended with ${code} ${said}`))));
        ws.once('error', reject);
      }),
    Math.ceil(operations / 4),
  );
  await plane.tick();
  await take('a run of the cron trigger at rest', () => plane.tick(60_000));
  return seen;
};
