/**
 * Whatever a client sends, a definition answers with errors of fields, never with an exception; and defaulting twice is defaulting once.
 * Objects are grown from the structs themselves: any subset of fields, at any depth, with odd values among the good ones.
 */

import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import type { FieldType, Struct } from '../dsl/field.ts';
import { planOf } from '../dsl/plan.ts';
import { resources } from '../resources.ts';
import { accept } from './accept.ts';

const word = fc.constantFrom(
  '',
  'web',
  'a.b',
  'A_b',
  '-',
  '25%',
  'None',
  '10.0.0.1',
  'fd00::1',
  '10.0.0.0/24',
  '/x/../y',
  'Exists',
  'nginx:1',
);
const number = fc.constantFrom(0, 1, -1, 80, 70000, 2 ** 31 - 1);

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: word,
  int32: number,
  int64: number,
  double: number,
  bool: fc.boolean(),
  bytes: fc.constantFrom('', 'eA=='),
  quantity: fc.constantFrom('1', '-1', '100m', '1Gi'),
  intOrString: fc.oneof(number, word),
  time: fc.constantFrom('2024-01-02T03:04:05Z'),
  microTime: fc.constantFrom('2024-01-02T03:04:05.000006Z'),
  duration: fc.constant('1m'),
  rawExtension: fc.constant({ a: 1 }),
  json: fc.constantFrom<unknown>({ a: 1 }, [1], 'x', 2, true),
  fieldsV1: fc.constant({ 'f:a': {} }),
};

/** `owner`: the struct it stands in. One that holds itself is grown two levels deep, however deep the others are. */
const sampleOf = (type: FieldType, depth: number, owner: Struct<any>): fc.Arbitrary<unknown> => {
  if (type.kind === 'scalar') {
    const good = type.enum ? fc.constantFrom(...type.enum) : scalars[type.scalar]!;
    return fc.oneof({ weight: 400, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(null, 'odd', 7) });
  }
  if (type.kind === 'list') return fc.array(sampleOf(type.item, depth, owner), { minLength: 1, maxLength: 2 });
  if (type.kind === 'map') return fc.dictionary(word, sampleOf(type.value, depth, owner), { maxKeys: 2 });
  if (depth === 0) return fc.constant({});
  const struct = type.struct();
  return objectOf(struct, struct === owner ? Math.min(1, depth - 1) : depth - 1);
};

const memo = new Map<string, fc.Arbitrary<object>>();
const objectOf = (struct: Struct<any>, depth: number): fc.Arbitrary<object> => {
  const key = `${struct.name}/${depth}`;
  const known = memo.get(key);
  if (known) return known;
  // required fields are there: objects that fail on structure never reach the deeper checks
  const fields = Object.fromEntries(
    [...planOf(struct).byName].map(([name, { type, field }]) => [
      name,
      field.required || name === 'spec'
        ? sampleOf(type, depth, struct)
        : fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: sampleOf(type, depth, struct) }),
    ]),
  );
  const made = fc.record(fields) as fc.Arbitrary<object>;
  memo.set(key, made);
  return made;
};

describe.each(resources.map((definition) => [definition.resource, definition] as const))('%s', (_, definition) => {
  const { schema } = definition.versions.find((version) => version.storage)!;
  const metadata = { name: 'web', ...(definition.namespaced ? { namespace: 'default' } : {}) };
  const objects = objectOf(schema, 6).map((object) => ({ ...object, metadata }));

  it('answer any object with field errors only', () => {
    fc.assert(
      fc.property(objects, objects, (first, second) => {
        const { object: old, errors } = accept<object>(definition, first);
        const again = structuredClone(old);
        definition.defaults?.(again as never);
        expect(again).toEqual(old);
        if (errors.length === 0) {
          for (const column of definition.columns) expect(column.cell(old)).not.toBeUndefined();
          for (const read of Object.values(definition.selectableFields)) expect(typeof read(old as never)).toBe('string');
        }
        definition.claims?.(old as never);
        definition.gracePeriodSeconds?.(old as never);
        accept(definition, second, old);
      }),
      { numRuns: 200 },
    );
  });
});
