/** Names that every JavaScript object inherits are legal keys of data and labels: no way of writing overlooks or loses them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { paramsOf } from '#schema/sync/stream-params.ts';
import { createWorld, type World } from './testing.ts';

const path = '/api/v1/namespaces/default/configmaps';
const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];
/** Labels do not begin with an underscore. */
const places: readonly [string, readonly string[]][] = [
  ['data', inherited],
  ['labels', inherited.filter((name) => name !== '__proto__')],
];

let world: World;
const send = (method: string, type: string, body: string, query = '') =>
  world.raw(method, `${path}/c?fieldManager=me${query}`, { body, headers: { 'content-type': `application/${type}` } });

/** As text, so that every name is a key of its own. `members`: of the place, without braces. */
const objectText = (place: string, members: string): string =>
  place === 'data'
    ? `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{${members}}}`
    : `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","labels":{${members}}}}`;

interface Way {
  /** `name` becomes "new", the others stay. */
  readonly set: (place: string, name: string) => Promise<Response>;
  /** `name`, set in the same way, goes, and the others stay. */
  readonly remove: (place: string, name: string) => Promise<Response>;
}

const patched = (type: string): Way => ({
  set: (place, name) => send('PATCH', type, objectText(place, `"${name}":"new"`)),
  remove: (place, name) => send('PATCH', type, objectText(place, `"${name}":null`)),
});
const jsonPatched = (op: object): Way['set'] => {
  const to = (place: string, name: string) => (place === 'data' ? `/data/${name}` : `/metadata/labels/${name}`);
  return (place, name) => send('PATCH', 'json-patch+json', JSON.stringify([{ ...op, path: to(place, name) }]));
};
const applied = (place: string, members: string) => send('PATCH', 'apply-patch+yaml', objectText(place, members), '&force=true');

const ways: Readonly<Record<string, Way>> = {
  PUT: {
    set: (place, name) => send('PUT', 'json', objectText(place, `"other":"x","${name}":"new"`)),
    remove: (place) => send('PUT', 'json', objectText(place, '"other":"x"')),
  },
  'a merge patch': patched('merge-patch+json'),
  'a strategic merge patch': patched('strategic-merge-patch+json'),
  'a JSON patch': { set: jsonPatched({ op: 'add', value: 'new' }), remove: jsonPatched({ op: 'remove' }) },
  'an apply': {
    set: (place, name) => applied(place, `"${name}":"new"`),
    remove: (place) => applied(place, ''),
  },
};

const read = async (place: string) => {
  const { body } = await world.call('GET', `${path}/c`);
  const entry = body.metadata.managedFields.find(({ manager }: { manager: string }) => manager === 'me');
  return { members: (place === 'data' ? body.data : body.metadata.labels) ?? {}, owned: JSON.stringify(entry?.fieldsV1 ?? {}) };
};

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.call('DELETE', `${path}/c`);
  const made = { metadata: { name: 'c', labels: { other: 'x' } }, data: { other: 'x' } };
  expect((await world.call('POST', `${path}?fieldManager=them`, made)).status).toBe(201);
});

for (const [place, names] of places)
  describe.each(Object.entries(ways))(`a key of ${place} by %s`, (way, { set, remove }) => {
    // the library for JSON patches keeps away from the prototype
    const refused = way === 'a JSON patch' ? ['__proto__'] : [];

    it.each(names.filter((name) => !refused.includes(name)))('%s', async (name) => {
      const made = await set(place, name);
      expect(made.status, await made.text()).toBe(200);
      const { members, owned } = await read(place);
      expect(new Map(Object.entries(members))).toEqual(
        new Map([
          ['other', 'x'],
          [name, 'new'],
        ]),
      );
      expect(owned).toContain(`"f:${name}":{}`);
      const removed = await remove(place, name);
      expect(removed.status, await removed.text()).toBe(200);
      const after = await read(place);
      expect(new Map(Object.entries(after.members))).toEqual(new Map([['other', 'x']]));
      expect(after.owned).not.toContain(name);
    });

    it.each(refused)('%s is refused', async (name) => {
      expect((await set(place, name)).status).toBe(422);
      expect(new Map(Object.entries((await read(place)).members))).toEqual(new Map([['other', 'x']]));
    });
  });

it('a Secret keeps them when they are written as text', async () => {
  const path = '/api/v1/namespaces/default/secrets';
  const stringData = inherited.map((name) => `"${name}":"s"`).join();
  const body = `{"metadata":{"name":"s"},"stringData":{${stringData}}}`;
  expect((await world.raw('POST', path, { body, headers: { 'content-type': 'application/json' } })).status).toBe(201);
  const { data } = (await world.call('GET', `${path}/s`)).body;
  expect(new Map(Object.entries(data))).toEqual(new Map(inherited.map((name) => [name, 'cw=='])));
});

it('parameters of a query are only those that are there', () => {
  expect(paramsOf(new URLSearchParams('toString=1&a=1&toString=2&__proto__=3'))).toEqual(
    Object.fromEntries([
      ['toString', ['1', '2']],
      ['a', ['1']],
      ['__proto__', ['3']],
    ]),
  );
});
