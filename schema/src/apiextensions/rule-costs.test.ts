/** What rules cost by upstream's model, worked out by hand, and what is refused because of it. */
import { describe, expect, it } from 'vitest';
import { compile } from '../cel/compile.ts';
import { typeOf } from '../cel/json-values.ts';
import { shapeOf } from '../cel/shapes.ts';
import { compiledRules } from '../custom/rules.ts';
import type { JSONSchemaProps } from './json-schema-props.ts';
import { overBudget } from './rule-costs.ts';
import { validateValidationRules } from './validation-rules.ts';

type Schema = JSONSchemaProps;
const number: Schema = { type: 'number' };
const text = (maxLength?: number): Schema => ({ type: 'string', ...(maxLength === undefined ? {} : { maxLength }) });
const list = (items: Schema, maxItems?: number): Schema => ({ type: 'array', items, ...(maxItems === undefined ? {} : { maxItems }) });
const map = (values: Schema, maxProperties?: number): Schema => ({
  type: 'object',
  additionalProperties: values,
  ...(maxProperties === undefined ? {} : { maxProperties }),
});
const object = (properties: Record<string, Schema>, more: Partial<Schema> = {}): Schema => ({ type: 'object', properties, ...more });

const costOf = (rule: string, schema: Schema): number => {
  const compiled = compile(rule, new Map([['self', typeOf(schema, false)!]]));
  if ('error' in compiled) throw new Error(compiled.error);
  return compiled.program.maxCost((name) => (name === 'self' ? shapeOf(schema, false) : undefined));
};

describe('the cost of a rule', () => {
  it.each<[string, Schema, number]>([
    ['true', number, 0],
    ['self > 1.0', number, 2],
    ['self.all(x, true)', list(number, 10), 32],
    ['self.all(x, true)', list(number), 4_718_591],
    ['self.exists(x, x > 1.0)', list(number, 10), 62],
    ['self.exists_one(x, x > 1.0)', list(number, 10), 43],
    ['self.map(x, x)', list(number, 10), 142],
    ['self.filter(x, true)', list(number, 10), 142],
    ['self.all(x, x.all(y, true))', list(list(number, 10), 10), 2 + 10 * 35],
    ['self.all(k, k == "a")', map(number, 10), 32 + 10],
    ['self.size() < 10', text(), 3],
    ['self == "abcdefghij"', text(), 2],
    ['self.startsWith("abc")', text(), 2],
    ['self.contains("abc")', text(25), 1 + 10],
    ['self.matches("^[a-z]+$")', text(25), 1 + 11 * 2],
    ['self + self == "a"', text(25), 2 + 20 + 1],
    ['self.a.b == self.a.b', object({ a: object({ b: text(25) }) }), 6 + 10],
    ['has(self.a) ? self.a < 3 : true', object({ a: { type: 'integer' } }), 5],
    ['self.a in ["x", "y"]', object({ a: text(5) }), 2 + 10 + 2],
    ['[1, 2, 3].all(x, x > 0)', number, 10 + 3 * 5 + 1],
    ['self.a.isSorted()', object({ a: list(text(25), 10) }), 2 + 10 * (1 + 10)],
  ])('%s', (rule, schema, cost) => {
    expect(costOf(rule, schema)).toBe(cost);
  });

  it('is bounded by what a request holds, whatever stands in it', () => {
    const pair = object({ name: text(), value: text() }, { required: ['name', 'value'] });
    // {"name":"","value":""}, and a comma
    expect(shapeOf(list(pair)).size.max).toBe(Math.floor((3 * 1024 * 1024 - 2) / (2 + 4 + 4 + 2 + 5 + 4 + 2 + 1)));
    expect(shapeOf(map(pair)).size.max).toBeLessThan(shapeOf(list(pair)).size.max);
    expect(shapeOf({ type: 'string', format: 'date-time' }).size.max).toBe(32);
    expect(shapeOf({ type: 'string', enum: ['a', 'abc'] }).size.max).toBe(3);
  });
});

const rule = (text: string, more: object = {}): Partial<Schema> => ({ 'x-kubernetes-validations': [{ rule: text, ...more }] });
const errorsOf = (schema: Schema, options = {}) =>
  validateValidationRules(schema, 'schema', options).map(({ field, detail }) => `${field}: ${detail}`);
const spec = (schema: Schema): Schema => object({ spec: schema });
const advice = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';

describe('rules that may cost too much', () => {
  const quadratic = rule('self.all(x, self.exists_one(y, x == y))');

  it('are refused, with the factor', () => {
    const at = 'schema.properties[spec].x-kubernetes-validations[0].rule';
    expect(errorsOf(spec({ ...list(text()), ...quadratic }))).toEqual([
      `${at}: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
      `${at}: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      `schema: estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
    ]);
    expect(errorsOf(spec({ ...list(text(64), 16), ...quadratic }))).toEqual([]);
  });

  it('count as often as their place can be there', () => {
    const item = { ...text(1_000), ...rule('self.matches("^[a-z]{1,10}[0-9]{1,10}$")') };
    expect(errorsOf(spec(list(item, 100)))).toEqual([]);
    expect(errorsOf(spec(list(item, 10_000)))).toEqual([
      expect.stringMatching(/items\.x-kubernetes-validations\[0\]\.rule: .* of 2\.\dx /),
    ]);
    expect(errorsOf(spec(map(list(item, 100), 100)))).toEqual([expect.stringMatching(/additionalProperties\.items.* of 2\.\dx /)]);
    expect(errorsOf(spec(list(item)))).toHaveLength(3);
  });

  it('are told of their messages, too', () => {
    const message = '["a"].map(x, self.replace("", self)).join("")';
    expect(errorsOf(spec({ ...text(), ...rule('self.size() > 1', { messageExpression: message }) }))[0]).toMatch(
      /validations\[0\]\.messageExpression: estimated messageExpression cost exceeds budget by factor of more than 100x/,
    );
  });

  it('are refused together, though each by itself is cheap enough', () => {
    const dear = { ...text(1_000), ...rule('self.matches("^[a-z]{1,10}[0-9]{1,10}$")') };
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, list(dear, 2_000)]));
    const errors = errorsOf(spec(object(many)));
    expect(errors.filter((text) => text.includes('contributed to'))).toHaveLength(4);
    expect(errors.at(-1)).toMatch(/^schema: estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of 1\.\d+x/);
  });

  it('stay where they were taken before', () => {
    expect(errorsOf(spec({ ...list(text()), ...quadratic }), { known: true })).toEqual([]);
  });

  it('say how much by two ways', () => {
    expect(overBudget('cost', 11, 10)).toBe(`cost exceeds budget by factor of 1.100000x ${advice}`);
    expect(overBudget('cost', 25, 10)).toBe(`cost exceeds budget by factor of 2.5x ${advice}`);
  });
});

describe('rules as people write them', () => {
  const condition = object(
    { type: text(316), status: { type: 'string', enum: ['True', 'False', 'Unknown'] } },
    { required: ['type', 'status'] },
  );
  it.each<[string, Schema]>([
    ['an immutable field', object({ size: text() }, rule('self.size == oldSelf.size'))],
    ['one of two', object({ a: text(), b: text() }, rule('has(self.a) != has(self.b)'))],
    ['a range', object({ min: { type: 'integer' }, max: { type: 'integer' } }, rule('self.min <= self.max'))],
    ['a name', { ...text(63), ...rule('self.matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")') }],
    ['names that are different', { ...list(object({ name: text(63) }), 16), ...rule('self.all(x, self.exists_one(y, y.name == x.name))') }],
    ['a map of labels', { ...map(text(63), 8), ...rule('self.all(k, k.matches("^[a-z]+$") && self[k].size() > 0)') }],
    ['conditions', { ...list(condition, 8), ...rule('self.filter(c, c.type == "Ready").all(c, c.status != "False")') }],
    ['an optional old value', object({ a: text() }, rule('!oldSelf.hasValue() || oldSelf.value().a == self.a', { optionalOldSelf: true }))],
    ['a number or a text', { 'x-kubernetes-int-or-string': true, ...rule('type(self) == int ? self > 0 : self.endsWith("%")') }],
    ['a quantity', { ...text(32), ...rule('isQuantity(self) && quantity(self).isGreaterThan(quantity("1Gi"))') }],
    ['an address', { ...text(64), ...rule('isIP(self) || isCIDR(self)') }],
    ['a whole object', rule('self.metadata.name.size() <= 63 && self.metadata.name.startsWith("a")') as Schema],
  ])('%s', (_what, schema) => {
    const whole: Schema = Object.keys(schema).length === 1 ? object({}, schema) : spec(schema);
    for (const one of [whole, ...Object.values(whole.properties ?? {})])
      for (const { program } of compiledRules(one, one === whole)) expect(program).not.toHaveProperty('error');
    expect(errorsOf(whole)).toEqual([]);
  });
});
