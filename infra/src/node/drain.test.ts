import { expect, test } from 'vitest';
import { type Api, Refused } from '../backup/api.ts';
import { drain } from './drain.ts';

interface FakePod {
  readonly name: string;
  readonly owner?: string;
  readonly phase?: string;
  readonly deletionTimestamp?: string;
  /** Evictions that a budget refuses before it lets go. */
  refusals?: number;
}

/** A cluster with one node, whose evicted pods are gone at the next look. */
const cluster = (pods: FakePod[], { isClosed = false, failsToOpen = false } = {}) => {
  const asked: string[] = [];
  let unschedulable: boolean | null = isClosed;
  let nowMs = 0;
  const api: Api = {
    close: async () => {},
    call: async (method, path, body: any) => {
      asked.push(`${method} ${path.split('?')[0]}`);
      if (method === 'PATCH') {
        if (failsToOpen && body.spec.unschedulable === null) throw new Refused(503, 'no database');
        unschedulable = body.spec.unschedulable;
        return body;
      }
      if (path === '/api/v1/nodes/n1') return { spec: unschedulable ? { unschedulable } : {} };
      if (method === 'GET') {
        const metadata = ({ name, owner, deletionTimestamp }: FakePod) => ({
          name,
          namespace: 'd',
          uid: name,
          ...(deletionTimestamp ? { deletionTimestamp } : {}),
          ...(owner ? { ownerReferences: [{ kind: owner, controller: true }] } : {}),
        });
        return { items: pods.map((pod) => ({ metadata: metadata(pod), status: { phase: pod.phase ?? 'Running' } })) };
      }
      const pod = pods.find(({ name }) => path.includes(`/pods/${name}/eviction`))!;
      if ((pod.refusals ?? 0) > 0) {
        pod.refusals = (pod.refusals as number) - 1;
        throw new Refused(429, 'the budget needs 2');
      }
      expect(body.deleteOptions.preconditions.uid).toBe(pod.name);
      pods = pods.filter((other) => other !== pod);
      return {};
    },
  };
  const printed: string[] = [];
  const run = (force = false) =>
    drain({
      api,
      node: 'n1',
      timeoutMs: 5_000,
      force,
      now: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
      },
      print: (line) => printed.push(line),
    });
  return { asked, printed, run, left: () => pods.map(({ name }) => name), isClosed: () => unschedulable === true };
};

test('closes the node, then evicts until budgets let all go; DaemonSets and finished pods stay', async () => {
  const { asked, printed, run, left, isClosed } = cluster([
    { name: 'web', owner: 'ReplicaSet', refusals: 2 },
    { name: 'log', owner: 'DaemonSet' },
    { name: 'done', owner: 'Job', phase: 'Succeeded' },
  ]);
  const reopen = await run();
  expect(isClosed()).toBe(true);
  expect([asked.slice(0, 2), left()]).toEqual([
    ['GET /api/v1/nodes/n1', 'PATCH /api/v1/nodes/n1'],
    ['log', 'done'],
  ]);
  expect(printed).toEqual(['1 pod left; a budget keeps d/web: the budget needs 2', '1 pod left']);
  await reopen();
  expect([isClosed(), printed.at(-1)]).toEqual([false, 'Node n1 takes new pods again']);
});

test('names the pods in the way when time is over, and goes on only by force', async () => {
  const held = () => [{ name: 'web', owner: 'ReplicaSet', refusals: 100 }];
  await expect(cluster(held()).run()).rejects.toThrow('Still there after 5 s: d/web: the budget needs 2');
  await cluster(held()).run(true);
});

test('takes no pod away that nobody makes anew, unless forced', async () => {
  const first = cluster([{ name: 'alone' }]);
  await expect(first.run()).rejects.toThrow('Nobody makes these pods anew elsewhere: d/alone');
  expect(first.left()).toEqual(['alone']);
  const second = cluster([{ name: 'alone' }]);
  await second.run(true);
  expect(second.left()).toEqual([]);
});

test('opens the node again when it gives up, unless somebody else had closed it', async () => {
  const alone = [{ name: 'alone' }];
  const mine = cluster(alone);
  await expect(mine.run()).rejects.toThrow('Nobody makes these pods anew');
  expect([mine.isClosed(), mine.printed]).toEqual([false, ['Node n1 takes new pods again']]);
  const theirs = cluster(alone, { isClosed: true });
  await expect(theirs.run()).rejects.toThrow('Nobody makes these pods anew');
  expect([theirs.isClosed(), theirs.printed, theirs.asked.includes('PATCH /api/v1/nodes/n1')]).toEqual([true, [], false]);
  const lost = cluster(alone, { failsToOpen: true });
  await expect(lost.run()).rejects.toThrow('Nobody makes these pods anew');
  expect(lost.printed).toEqual(['Node n1 still takes no new pods, until `kubectl uncordon n1`: no database']);
});

test('by force it does not wait for pods that a node which is gone will never end', async () => {
  const gone = () => cluster([{ name: 'a', owner: 'ReplicaSet', deletionTimestamp: '1969-12-31T23:59:50Z' }]);
  const forced = gone();
  await forced.run(true);
  expect(forced.asked.filter((line) => line.startsWith('GET') && line.endsWith('/pods'))).toHaveLength(1);
  await expect(gone().run()).rejects.toThrow('Still there after 5 s: d/a');
  const ending = cluster([{ name: 'a', owner: 'ReplicaSet', deletionTimestamp: '1970-01-01T00:00:30Z' }]);
  await ending.run(true);
  expect(ending.asked.filter((line) => line.startsWith('GET') && line.endsWith('/pods')).length).toBeGreaterThan(1);
});
