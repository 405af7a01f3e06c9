/** nodes/NAME/proxy: over the relay to the agent itself, here the agent's own code at the other end; and who may ask for what. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { serveNodeHttp } from '#node-agent/streams/node-http.ts';
import type { StreamOpen } from '../../hub/hub.ts';
import { FrameQueue } from '../../relay/frame-queue.ts';
import type { FrameStream } from '../../relay/relay.ts';
import { createWorld, type World } from '../testing.ts';

let world: World;
let opened: { node: string; open: StreamOpen }[] = [];
/** An agent that does not know these requests says so in a Status. */
let old = false;
const asked: string[] = [];

/** Two ends of one stream. */
const pair = (): [FrameStream, FrameStream] => {
  const queues = [0, 1].map(() => new FrameQueue({ pause: () => undefined, resume: () => undefined })) as [FrameQueue, FrameQueue];
  let ended: (closed: { code: number; reason: string }) => void = () => undefined;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ended = resolve;
  });
  const close = (code: number, reason: string) => {
    for (const queue of queues) queue.end();
    ended({ code, reason });
  };
  const end = (own: FrameQueue, other: FrameQueue): FrameStream => ({
    frames: own,
    closed,
    close,
    send: async (frame) => {
      other.push(frame);
    },
  });
  return [end(queues[0], queues[1]), end(queues[1], queues[0])];
};

beforeAll(async () => {
  world = await createWorld({
    relay: {
      dial: async (node, open) => {
        opened.push({ node, open });
        const [here, there] = pair();
        if (old) {
          void there.send(JSON.stringify({ status: 'Failure', reason: 'BadRequest', message: 'this agent does not serve node' }));
          return here;
        }
        const answer = async ({ method, path, query }: { method: string; path: string; query: URLSearchParams }) => {
          asked.push(`${method} ${path}?${query}`);
          const found = path === '/healthz';
          return { status: found ? 200 : 404, contentType: 'text/plain; charset=utf-8', body: found ? 'ok' : '404 page not found\n' };
        };
        void serveNodeHttp(there as any, answer, open.params);
        return here;
      },
    },
  });
  await world.create('/api/v1/nodes', { metadata: { name: 'n1' } });
});
beforeEach(() => {
  opened = [];
  old = false;
  asked.length = 0;
});
afterAll(() => world.close());

const at = (path: string) => `/api/v1/nodes/n1/proxy${path}`;

it('passes path and query on, and the answer back', async () => {
  const answer = await world.call('GET', at('/healthz?verbose=1'));
  expect([answer.status, answer.body, answer.headers.get('content-type')]).toEqual([200, 'ok', 'text/plain; charset=utf-8']);
  expect(opened).toMatchObject([{ node: 'n1', open: { kind: 'node', pod: '', podUid: '' } }]);
  expect(await world.call('POST', at('/logs/'), { a: 1 })).toMatchObject({ status: 404, body: '404 page not found\n' });
  expect(await world.call('GET', '/api/v1/nodes/https:n1:10250/proxy/healthz')).toMatchObject({ status: 200, body: 'ok' });
  expect(asked).toEqual(['GET /healthz?verbose=1', 'POST /logs/?', 'GET /healthz?']);
});

it.each([
  ['a node that is not there', '/api/v1/nodes/none/proxy/healthz', 404, 'nodes "none" not found'],
  ['another port', '/api/v1/nodes/n1:9100/proxy/metrics', 400, 'port 9100 of node "n1" cannot be reached through its agent'],
])('refuses %s', async (_what, path, code, message) => {
  expect((await world.call('GET', path)).body).toMatchObject({ code, message });
  expect(opened).toEqual([]);
});

it('says that an older agent does not do it', async () => {
  old = true;
  expect((await world.call('GET', at('/pods'))).body).toMatchObject({
    code: 503,
    message: 'error trying to reach node "n1": this agent does not serve node',
  });
});

it('asks for nodes/proxy, or for the narrower right to a path', async () => {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const grant = async (name: string, subresource: string, verbs = ['get']) => {
    await world.create(`${rbac}/clusterroles`, {
      metadata: { name },
      rules: [{ apiGroups: [''], resources: [`nodes/${subresource}`], verbs }],
    });
    await world.create(`${rbac}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name }],
    });
    return { authorization: `Bearer ${await world.tokenFor(name, ['system:authenticated'])}` };
  };
  const all = await grant('proxier', 'proxy');
  const metrics = await grant('scraper', 'metrics');
  const status = async (path: string, who: Record<string, string>, method = 'GET') =>
    (await world.call(method, at(path), undefined, who)).status;
  expect([await status('/healthz', all), await status('/metrics', all)]).toEqual([200, 404]);
  expect([await status('/metrics', metrics), await status('/metrics/resource', metrics)]).toEqual([404, 404]);
  for (const path of ['/healthz', '/pods', '/containerLogs/a/b/c', '/metricsx', '/']) expect(await status(path, metrics)).toBe(403);
  expect(await status('/metrics', metrics, 'POST')).toBe(403);
  expect((await world.call('GET', at('/pods'), undefined, metrics)).body.message).toBe(
    'nodes "n1" is forbidden: User "scraper" cannot get resource "nodes/proxy" in API group "" at the cluster scope',
  );
});
