/** Whatever is sent, the answer is an object or a Status below 500, and nothing unexpected is thrown. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import fc from '#fast-check';
import { resources } from '#schema/resources.ts';
import { createCatalog } from './catalog.ts';
import { createWorld, type World } from './testing.ts';
import { inherited, paths, replaced, words } from './testing-mutations.ts';
import { fixedNames, seeds } from './testing-seeds.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const served = createCatalog(resources).all.filter((s) => (s.definition.verbs as readonly string[]).includes('create'));
const pathOf = ({ groupVersion, definition }: (typeof served)[number]): string =>
  `${groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`}/${definition.namespaced ? 'namespaces/default/' : ''}${definition.resource}`;

const leaf = fc.oneof(fc.constantFrom(...words), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('name', 'spec', 'x', 'key', ...inherited), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const patchedName = ({ groupVersion, definition }: (typeof served)[number]): string =>
  fixedNames[definition.kind] ?? `p-${groupVersion.replace('/', '-')}`;

const metadata = {
  name: 'n',
  labels: { a: 'b' },
  annotations: { c: 'd' },
  finalizers: ['a.b/c'],
  ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
};

const accepted = async (method: string, path: string, body: unknown, type: string): Promise<void> => {
  const answer = await world.call(method, path, JSON.stringify(body) ?? '', { 'content-type': type });
  expect(world.errors, `${method} ${path} ${JSON.stringify(body)}`).toEqual([]);
  expect(answer.status, `${path} ${JSON.stringify(body)} ${answer.body?.message}`).toBeLessThan(500);
};

test.each(served.map((s) => [s.groupVersion, s.definition.resource, s] as const))('%s %s: creates', async (_v, _r, one) => {
  const seed = { ...seeds[one.definition.kind], metadata };
  const places = paths(seed);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), json, async (place, value) => {
      await accepted('POST', `${pathOf(one)}?dryRun=All`, replaced(seed, place, value), 'application/json');
    }),
    { numRuns: 120 },
  );
});

const patchable = served.filter(
  (s) => (s.definition.verbs as readonly string[]).includes('patch') && s.definition.resource !== 'namespaces',
);

test.each(patchable.map((s) => [s.groupVersion, s.definition.resource, s] as const))('%s %s: patches', async (_v, _r, one) => {
  const base = { ...seeds[one.definition.kind], metadata: { name: patchedName(one) } };
  await world.create(pathOf(one), base);
  const places = paths({ ...base, metadata }).filter((p) => p.length > 0);
  const at = `${pathOf(one)}/${patchedName(one)}`;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...places),
      json,
      fc.constantFrom(
        'application/merge-patch+json',
        'application/strategic-merge-patch+json',
        'application/json-patch+json',
        'application/apply-patch+yaml',
      ),
      async (place, value, type) => {
        const body = type.includes('json-patch')
          ? [{ op: 'add', path: `/${place.join('/')}`, value }]
          : replaced({ ...base, metadata: {} }, place, value);
        if (type.includes('apply')) {
          const typed = { apiVersion: one.groupVersion, kind: one.definition.kind, ...(body as object) };
          await accepted('PATCH', `${at}?dryRun=All&fieldManager=fuzz&force=true`, typed, type);
          return;
        }
        await accepted('PATCH', `${at}?dryRun=All`, body, type);
        if (!one.definition.hasStatus) return;
        // Whatever was stored, the table must still be shown.
        const status = replaced({ ...base, metadata: {} }, place, value);
        await accepted('PATCH', `${at}/status`, { status: (status as any).status ?? value }, 'application/merge-patch+json');
        const table = await world.call('GET', at, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
        expect(table.body.kind, JSON.stringify(value)).toBe('Table');
      },
    ),
    { numRuns: 60 },
  );
});
