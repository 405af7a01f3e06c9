/**
 * Arbitrary values for property tests that are near enough to `test-structs.ts` to get past the first check: the right field names with right and wrong
 * values, directives of patches, names of prototypes.
 */
import fc from '#fast-check';
import type { FieldType, Struct } from './field.ts';
import { planOf } from './plan.ts';
import { Root } from './test-structs.ts';

const texts = fc.constantFrom('', 'a', 'TCP', '100m', '1.5Gi', 'aGk=', '2024-02-29T01:02:03.5+01:00', '1h', '__proto__', 'lots', '\ud800');
const junk = fc.oneof(
  texts,
  fc.constantFrom<unknown>(null, true, false, 0, -0, 1, 1.5, -1, 2 ** 31, 2 ** 63, 1e300, [], {}, [null], [[]], { $patch: 'delete' }),
);
const keys = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString', '\udc00');

const anyOf = (type: FieldType, depth: number): fc.Arbitrary<unknown> => {
  const right = (): fc.Arbitrary<unknown> => {
    if (depth === 0) return junk;
    if (type.kind === 'struct') return structOf(type.struct(), depth - 1);
    if (type.kind === 'list') return fc.array(anyOf(type.item, depth - 1), { maxLength: 3 });
    if (type.kind === 'map') return fc.dictionary(keys, anyOf(type.value, depth - 1), { maxKeys: 3, noNullPrototype: true });
    return type.scalar === 'rawExtension' ? fc.dictionary(keys, junk, { maxKeys: 3, noNullPrototype: true }) : junk;
  };
  return fc.oneof({ weight: 6, arbitrary: right() }, { weight: 1, arbitrary: junk });
};

const directives = fc.constantFrom<unknown>('replace', 'delete', 'merge', 'x', ['a'], ['name', 'type'], [{ name: 'a' }], null, 1);

const structOf = (struct: Struct<any>, depth: number): fc.Arbitrary<Record<string, unknown>> => {
  const fields = planOf(struct).fields.map(({ name, type }) => [name, anyOf(type, depth)] as const);
  const odd = [
    '$patch',
    '$retainKeys',
    ...fields.map(([name]) => `$setElementOrder/${name}`),
    ...fields.map(([name]) => `$deleteFromPrimitiveList/${name}`),
  ];
  return fc
    .tuple(
      fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true }),
      fc.option(fc.tuple(fc.constantFrom(...odd, 'unknown', '__proto__'), fc.oneof(directives, junk)), { freq: 3 }),
    )
    .map(([record, extra]) => {
      const out: Record<string, unknown> = { ...record };
      if (extra) Object.defineProperty(out, extra[0], { value: extra[1], writable: true, enumerable: true, configurable: true });
      return out;
    });
};

/** A value for `Root`, mostly wrong somewhere. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 20, arbitrary: structOf(Root, 5) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
