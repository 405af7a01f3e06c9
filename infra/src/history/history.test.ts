/** `kedge history` from what is typed to what is printed, against the real API. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '#control-plane/apiserver/testing.ts';
import { parseRequest } from './request.ts';
import { textOf } from './text.ts';

describe('parseRequest', () => {
  const core = '/apis/kedge.dev/v1/history/core';
  it.each([
    [['cm', 'a'], {}, 'GET', `${core}/configmaps/namespaces/default/a`],
    [['configmap/a'], { namespace: 'team' }, 'GET', `${core}/configmaps/namespaces/team/a`],
    [['deploy', 'web'], { limit: '3' }, 'GET', '/apis/kedge.dev/v1/history/apps/deployments/namespaces/default/web?limit=3'],
    [['show', 'node', 'n1'], { time: '2026-01-01T00:00:00Z' }, 'GET', `${core}/nodes/n1/as-of?time=2026-01-01T00%3A00%3A00Z`],
    [['diff', 'pod', 'p'], { from: '1', to: '2' }, 'GET', `${core}/pods/namespaces/default/p/diff?from=1&to=2`],
    [['undelete', 'svc', 's'], { revision: '7' }, 'POST', `${core}/services/namespaces/default/s/undelete?revision=7`],
    [['at'], { namespace: 'team', revision: '9' }, 'GET', '/apis/kedge.dev/v1/history/namespaces/team?revision=9'],
    [['at', 'pods'], {}, 'GET', `${core}/pods/namespaces/default`],
    [['purge', 'secrets'], {}, 'DELETE', `${core}/secrets/namespaces/default`],
    [['things.example.com', 'x y'], {}, 'GET', '/apis/kedge.dev/v1/history/example.com/things/namespaces/default/x%20y'],
    [['retention', '{"bytes":1}'], {}, 'PUT', '/apis/kedge.dev/v1/retention'],
  ])('%j %j is %s %s', (args, options, method, path) => {
    expect(parseRequest(args, options as Record<string, string>)).toMatchObject({ method, path });
  });

  it.each([[[]], [['pods']], [['show', 'pods']], [['at', 'pods', 'a']], [['pods', 'a', 'b']], [['nonsense', 'a']], [['retention', '{']]])(
    '%j is explained',
    (args) => expect(() => parseRequest(args as string[], {})).toThrow(expect.objectContaining({ name: 'PersonError' })),
  );
});

it.each([
  [['cm', 'a'], { revision: '3' }, 'kedge history TYPE NAME takes no --revision'],
  [['diff', 'cm', 'a'], { time: 'T' }, 'kedge history diff takes no --time'],
  [['purge', 'cm'], { limit: '1' }, 'kedge history purge takes no --limit'],
  [['cm', 'a'], { output: 'xml' }, '--output xml: json, or left out.'],
])('%j leaves no option unsaid that it does not look at: %j', (args, options, said) => {
  expect(() => parseRequest(args, options as Record<string, string>)).toThrow(said);
});

describe('what is printed', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const type = async (args: string[], options: Record<string, string> = {}) => {
    const { method, path, body, shows } = parseRequest(args, options);
    const answer = await world.call(method, path, body);
    expect(answer.status).toBeLessThan(300);
    return textOf(shows, answer.body);
  };

  it('is a table of versions, what changed, an object, a list, a number', async () => {
    const maps = '/api/v1/namespaces/default/configmaps';
    const one = await world.create(maps, { metadata: { name: 'a' }, ...{ data: { mode: 'one' } } });
    world.nowMs += 60_000;
    const patched = { 'content-type': 'application/merge-patch+json', 'user-agent': 'kubectl/v1.35' };
    const two = await world.call('PATCH', `${maps}/a`, { data: { mode: 'two' } }, patched);
    const [first, second] = [one, two.body].map((object) => object.metadata.resourceVersion as string);
    expect((await type(['cm', 'a'])).split('\n').map((line) => line.split(/ {3,}/).slice(0, 5))).toEqual([
      ['REVISION', 'TIME', 'CHANGE', 'USER', 'MANAGER'],
      [second, '2026-01-01T00:01:00Z', 'MODIFIED', 'admin', 'kubectl'],
      [first, '2026-01-01T00:00:00Z', 'ADDED', 'admin', expect.any(String)],
    ]);
    expect(await type(['diff', 'cm', 'a'])).toMatch(
      new RegExp(
        `^Revision ${first} to ${second} \\(MODIFIED, 2026-01-01T00:01:00Z, by admin with kubectl\\)\\n(.*\\n)*~ data.mode: "one" -> "two"`,
      ),
    );
    const before = await world.call('GET', parseRequest(['show', 'cm', 'a'], { revision: '1' }).path);
    expect(before.body.message).toBe('configmaps "a" not found as of revision 1: it was not there then, or the version is no longer kept');
    expect(await type(['show', 'cm', 'a'], { revision: first! })).toContain('data:\n  mode: one');
    expect(await type(['at'])).toMatch(/^As of revision \d+\nKIND .*\nConfigMap +default +a +\d+/);
    expect(await type(['purge', 'cm', 'a'])).toBe('1 versions are forgotten.');
    expect(await type(['retention'])).toContain('keepDeletedSealed: false');
  });
});
