/** The in-process hub: the contract of every hub, and followers whose credential ends. */
import { expect, it } from 'vitest';
import { describeHub } from './contract.ts';
import { openHub, setUpHub } from './testing.ts';

describeHub('the in-process hub', () => openHub());

it('ends the following of a caller whose credential ended, and of nobody else', async () => {
  const { hub, create } = await setUpHub();
  const stop = new AbortController();
  const follow = (credentialId: string) =>
    hub.follow({ resources: ['core/configmaps'], credentialId }, 0, stop.signal)[Symbol.asyncIterator]();
  const [gone, stays] = [follow('a'), follow('b')];
  const config = (name: string) =>
    create('core/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
  await config('one');
  for (const one of [gone, stays]) expect((await one.next()).done).toBeFalsy();
  const ending = (async () => {
    while (!(await gone.next()).done);
  })();
  await hub.endCredential('a');
  await ending;
  await config('two');
  for (let seen = false; !seen; ) seen = JSON.stringify((await stays.next()).value).includes('uid');
  stop.abort();
});

it('ends a follower that is asked with its credential, at once, and lets go of it when it is closed', async () => {
  const { hub, create } = await setUpHub();
  const told: string[] = [];
  const open = (credentialId: string) => {
    const follower = hub.follower!({ resources: ['core/configmaps'], credentialId }, 0, () => {
      told.push(credentialId);
    });
    return follower;
  };
  const held = hub.sessions.size;
  const [gone, stays] = [open('a'), open('b')];
  expect([gone.next(), stays.next()]).toEqual([undefined, undefined]);
  await expect.poll(() => new Set(told).size).toBe(2);
  told.length = 0;
  await hub.endCredential('a');
  expect([told, gone.next()]).toEqual([['a'], 'ended']);
  await create('core/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'default' } });
  const seen: unknown[] = [];
  await expect
    .poll(() => {
      const batch = stays.next();
      if (batch && batch !== 'ended') seen.push(...batch.changes.map(({ name }) => name));
      return seen;
    })
    .toEqual(['one']);
  for (const follower of [gone, stays]) follower.close();
  expect(hub.sessions.size).toBe(held);
});
