/** Drill 4: two clients change the same object from the same revision. One wins, the other is told so in Kubernetes' words, and nothing is lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({ name: 'conflict', withoutAgent: true });
});

afterAll(async () => {
  await cluster?.stop();
});

const message = 'the object has been modified; please apply your changes to the latest version and try again';

test('the second of two clients gets the conflict', async () => {
  await cluster.ok('create configmap shared --from-literal=owner=nobody');
  const seen = JSON.parse(await cluster.ok('get configmap shared -o json'));
  const from = (owner: string) => JSON.stringify({ ...seen, data: { owner } });
  expect((await cluster.kubectl('replace -f -', { input: from('first') })).code).toBe(0);
  expect(await cluster.kubectl('replace -f -', { input: from('second') })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "shared": ${message}\n`,
  });
  expect(await cluster.ok(['get', 'configmap', 'shared', '-o', 'jsonpath={.data.owner}'])).toBe('first');
});

test('of twenty at once one wins, on each of ten revisions', async () => {
  await cluster.ok('create configmap contested --from-literal=owner=nobody');
  const path = '/api/v1/namespaces/default/configmaps/contested';
  for (let round = 0; round < 10; round++) {
    const seen = (await (await cluster.fetch(path)).json()) as { metadata: { resourceVersion: string } };
    const replies = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const body = JSON.stringify({ ...seen, data: { owner: `${round}-${i}` } });
        const reply = await cluster.fetch(path, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
        return { status: reply.status, body: (await reply.json()) as { reason?: string; data?: { owner: string } } };
      }),
    );
    const won = replies.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(replies.filter(({ status, body }) => status === 409 && body.reason === 'Conflict')).toHaveLength(19);
    expect(await (await cluster.fetch(path)).json()).toMatchObject({ data: won[0]?.body.data });
  }
});
