/** Bodies of an earlier schema: told by their stamp, defaulted and pruned on read, stored so with the next write. */
import { describe, expect, it } from 'vitest';
import { bool, int32, message, str, struct } from '#schema/dsl/field.ts';
import { ObjectMeta } from '#schema/meta/object-meta.ts';
import { defineResource, type ResourceDefinition } from '#schema/resource.ts';
import { commit, create, key, update } from '../store/contract/fixture.ts';
import { testWorld } from '../store/contract/world.ts';
import { stampedStore } from '../store/stamped.ts';
import { createVolatileStore } from '../store/volatile/volatile-store.ts';
import { createStamps, refreshBody, stampOf } from './stamps.ts';

const define = (spec: Parameters<typeof struct>[2], rest: Partial<ResourceDefinition> = {}): ResourceDefinition =>
  defineResource({
    group: 'example.com',
    resource: 'widgets',
    kind: 'Widget',
    namespaced: true,
    columns: [],
    versions: [
      {
        version: 'v1',
        served: true,
        storage: true,
        schema: struct('Widget', '', {
          apiVersion: str(1, ''),
          kind: str(2, ''),
          metadata: message(3, ObjectMeta, ''),
          spec: message(4, struct('WidgetSpec', '', spec), ''),
        }),
      },
    ],
    ...rest,
  });

const first = define({ size: int32(1, ''), legacy: str(2, '') });
const wider = define({ size: int32(1, ''), color: str(3, '', { default: 'blue' }), loud: bool(4, '') });
const body = '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","namespace":"default"},"spec":{"size":3,"legacy":"x"}}';
const present =
  '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a","namespace":"default"},"spec":{"size":3,"color":"blue"}}';

describe('stampOf', () => {
  it('is the same for the same description, and another when fields, defaults or coded defaults differ', () => {
    expect(stampOf(define({ size: int32(1, 'words do not count'), legacy: str(2, '') }))).toBe(stampOf(first));
    const others = [
      wider,
      define({ size: int32(1, '') }),
      define({ size: int32(1, '', { default: 1 }), legacy: str(2, '') }),
      define({ size: int32(1, '', { pointer: true }), legacy: str(2, '') }),
      define({ size: str(1, ''), legacy: str(2, '') }),
      define({ size: int32(1, ''), legacy: str(2, '') }, { defaults: (object) => Object.assign(object, { spec: object.spec ?? {} }) }),
    ];
    expect(new Set([first, ...others].map(stampOf)).size).toBe(others.length + 1);
  });
});

describe('refreshBody', () => {
  it('defaults and prunes, and is at rest on its own result', () => {
    expect(refreshBody(wider, body)).toBe(present);
    expect(refreshBody(wider, present)).toBe(present);
  });

  it('leaves alone what is no object', () => {
    for (const text of ['{', '{}', '{"metadata":3}']) expect(refreshBody(wider, text)).toBe(text);
  });
});

describe('stampedStore', () => {
  const at = key('a', 'default', 'example.com/widgets');
  const of = (definition: ResourceDefinition) => createStamps((resource) => (resource === at.resource ? definition : undefined));

  it('brings old bodies up to date wherever they come out, until their next write', async () => {
    const plain = createVolatileStore({ identity: { clusterUid: 'c', incarnation: 'i' }, ...testWorld });
    const old = stampedStore(plain, of(first));
    const { revision: start } = await plain.head();
    const one = await commit(old, create(at, { body }));
    await commit(old, update(one, { body }));
    expect((await old.get(at))?.body).toBe(body);

    const store = stampedStore(plain, of(wider));
    const current = (await store.get(at))!;
    expect(current.body).toBe(present);
    expect((await store.getMany([at, key('none')])).map((object) => object?.body)).toEqual([present, undefined]);
    expect((await store.list({ resource: at.resource })).items.map((object) => object.body)).toEqual([present]);
    expect((await store.changes({ after: start })).changes.map((change) => [change.body, change.previousBody])).toEqual([
      [present, undefined],
      [present, present],
    ]);
    expect(await store.write([create(at)])).toMatchObject([{ status: 'alreadyExists', current: { body: present } }]);
    expect((await plain.get(at))?.body).toBe(body);

    const verbatim = present.replace('"size":3', '"size": 4');
    await commit(store, update(current, { body: verbatim }));
    expect(await plain.get(at)).toMatchObject({ body: verbatim, stamp: stampOf(wider) });
    expect((await store.get(at))?.body).toBe(verbatim);
  });

  it('leaves sealed bodies and unknown kinds as they are', async () => {
    const plain = createVolatileStore({ identity: { clusterUid: 'c', incarnation: 'i' }, ...testWorld });
    const store = stampedStore(plain, of(wider));
    await plain.write([create(at, { body: 'kdgs1.k.text' }), create(key('b'), { body })]);
    expect((await store.get(at))?.body).toBe('kdgs1.k.text');
    expect((await store.get(key('b')))?.body).toBe(body);
  });
});
