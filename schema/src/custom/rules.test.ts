/** Rules of custom resources: what they refuse, in which words, and which rules a definition may not have. */
import { describe, expect, it } from 'vitest';
import type { CustomResourceDefinition } from '../apiextensions/custom-resource-definition.ts';
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { validateValidationRules } from '../apiextensions/validation-rules.ts';
import { formatFieldError } from '../validation/errors.ts';
import { definitionOf } from './definition-of.ts';
import { checkRules } from './rules.ts';

type Rules = JSONSchemaProps['x-kubernetes-validations'];
const rules = (...list: (string | object)[]): { 'x-kubernetes-validations': NonNullable<Rules> } => ({
  'x-kubernetes-validations': list.map((one) => (typeof one === 'string' ? { rule: one } : (one as { rule: string }))),
});
const whole = (spec: JSONSchemaProps, root: object = {}): JSONSchemaProps => ({ type: 'object', properties: { spec }, ...root });
const text: JSONSchemaProps = { type: 'string' };
const int: JSONSchemaProps = { type: 'integer' };
const told = (schema: JSONSchemaProps, value: unknown, old?: unknown) => checkRules(schema, value, old).map(formatFieldError);
const refused = (schema: JSONSchemaProps) => validateValidationRules(schema, 'S').map(formatFieldError);

describe('a rule', () => {
  const size: JSONSchemaProps = { type: 'object', properties: { size: int, max: int }, ...rules('self.size <= self.max') };

  it('says nothing where it holds', () => {
    expect(told(whole(size), { spec: { size: 1, max: 1 } })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['itself', {}, 'spec: Invalid value: "object": failed rule: self.size <= self.max'],
    ['its message', { message: 'too big' }, 'spec: Invalid value: "object": too big'],
    ['its expression', { messageExpression: '"%d > %d".format([self.size, self.max])' }, 'spec: Invalid value: "object": 2 > 1'],
    ['its message where the expression fails', { messageExpression: 'string(1 / 0)', message: 'm' }, 'spec: Invalid value: "object": m'],
    ['its reason', { reason: 'FieldValueForbidden', message: 'no' }, 'spec: Forbidden: no'],
    ['a missing field', { reason: 'FieldValueRequired', message: 'give max' }, 'spec: Required value: give max'],
    ['a repetition', { reason: 'FieldValueDuplicate', message: 'again' }, 'spec: Duplicate value: "object": again'],
    ['a field below', { fieldPath: '.size', message: 'm' }, 'spec.size: Invalid value: "object": m'],
  ])('tells %s', (_what, more, error) => {
    const schema = whole({ ...size, ...rules({ rule: 'self.size <= self.max', ...more }) });
    expect(told(schema, { spec: { size: 2, max: 1 } })).toEqual([error]);
  });

  it.each<[string, JSONSchemaProps, unknown, string[]]>([
    [
      'a whole object',
      whole(text, rules('self.metadata.name.startsWith("a")')),
      { metadata: { name: 'b' } },
      ['<nil>: Invalid value: "object": failed rule: self.metadata.name.startsWith("a")'],
    ],
    ['a text', whole({ ...text, ...rules('self != "x"') }), { spec: 'x' }, ['spec: Invalid value: "string": failed rule: self != "x"']],
    [
      'an item',
      whole({ type: 'array', items: { ...int, ...rules('self < 3') } }),
      { spec: [1, 3] },
      ['spec[1]: Invalid value: "integer": failed rule: self < 3'],
    ],
    [
      'a value of a map',
      whole({ type: 'object', additionalProperties: { ...int, ...rules('self < 3') } }),
      { spec: { a: 5 } },
      ['spec[a]: Invalid value: "integer": failed rule: self < 3'],
    ],
    [
      'escaped names',
      whole({
        type: 'object',
        properties: { 'a.b-c': int, namespace: text, x__y: int },
        ...rules('self.a__dot__b__dash__c == 1 && self.__namespace__ == "n" && self.x__underscores__y == 2'),
      }),
      { spec: { 'a.b-c': 1, namespace: 'n', x__y: 2 } },
      [],
    ],
    [
      'an integer or a text',
      whole({
        type: 'object',
        properties: { p: { 'x-kubernetes-int-or-string': true } },
        ...rules('type(self.p) == int ? self.p == 1 : self.p == "50%"'),
      }),
      { spec: { p: '50%' } },
      [],
    ],
    [
      'its failure',
      whole({ type: 'object', properties: { a: int }, ...rules('self.a == 1') }),
      { spec: {} },
      ['spec: Invalid value: "object": no such key: a evaluating rule: self.a == 1'],
    ],
    [
      'operands that do not fit',
      whole({ type: 'object', properties: { p: { 'x-kubernetes-int-or-string': true } }, ...rules('self.p + 1 == 2') }),
      { spec: { p: 'x' } },
      [
        `spec: Invalid value: "object": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.p + 1 == 2`,
      ],
    ],
    ['a number', whole({ type: 'number', ...rules('self == 2.0') }), { spec: 2 }, []],
    ['a time', whole({ ...text, format: 'date-time', ...rules('self.getFullYear() == 2024') }), { spec: '2024-01-01T00:00:00Z' }, []],
    ['a duration', whole({ ...text, format: 'duration', ...rules('self > duration("1m")') }), { spec: '2m' }, []],
    ['bytes', whole({ ...text, format: 'byte', ...rules('self == b"hi"') }), { spec: 'aGk=' }, []],
    [
      'an embedded object',
      whole({ type: 'object', 'x-kubernetes-embedded-resource': true, ...rules('self.metadata.name == self.kind') }),
      {
        spec: { kind: 'a', apiVersion: 'v1', metadata: { name: 'a' } },
      },
      [],
    ],
    [
      'sets whatever their order',
      whole({
        type: 'object',
        properties: {
          a: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
          b: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
        },
        ...rules('self.a == self.b'),
      }),
      { spec: { a: ['x', 'y'], b: ['y', 'x'] } },
      [],
    ],
  ])('judges %s', (_what, schema, value, errors) => {
    expect(told(schema, value)).toEqual(errors);
  });

  it('is run on no null, and in allOf too', () => {
    expect(told(whole({ ...text, nullable: true, ...rules('false') }), { spec: null })).toEqual([]);
    expect(told(whole({ ...int, allOf: [rules('self > 1')] }), { spec: 1 })).toHaveLength(1);
  });

  it('ends when it costs too much, and no other rule is run', () => {
    const long = {
      type: 'array',
      items: int,
      ...rules('self.all(a, self.all(b, self.all(c, a + b + c >= 0)))', 'false'),
    } as JSONSchemaProps;
    expect(told(whole(long), { spec: Array.from({ length: 110 }, (_, i) => i) })).toEqual([
      `spec: Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: self.all(a, self.all(b, self.all(c, a + b + c >= 0)))`,
    ]);
    const many: JSONSchemaProps = { type: 'array', items: { ...int, ...rules('self >= 0') } };
    const errors = checkRules(whole(many), { spec: Array.from({ length: 60 }, (_, i) => i) }, undefined, { limit: 100 }).map(
      formatFieldError,
    );
    expect(errors.join()).toContain('validation failed due to running out of cost budget, no further validation rules will be run');
    expect(errors).toHaveLength(1);
  });
});

describe('a transition rule', () => {
  const once = whole({ ...text, ...rules({ rule: 'self == oldSelf', message: 'immutable' }) });
  const map = (kind: string): JSONSchemaProps =>
    whole({
      type: 'array',
      'x-kubernetes-list-type': kind,
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: text, size: { ...int, ...rules('self >= oldSelf') } } },
    });

  it('is run where there was a value before', () => {
    expect(told(once, { spec: 'b' })).toEqual([]);
    expect(told(once, { spec: 'b' }, {})).toEqual([]);
    expect(told(once, { spec: 'b' }, { spec: 'a' })).toEqual(['spec: Invalid value: "string": immutable']);
  });

  it('finds items by their keys', () => {
    const old = {
      spec: [
        { name: 'a', size: 2 },
        { name: 'b', size: 5 },
      ],
    };
    const now = {
      spec: [
        { name: 'b', size: 4 },
        { name: 'c', size: 1 },
        { name: 'a', size: 3 },
      ],
    };
    expect(told(map('map'), now, old)).toEqual(['spec[0].size: Invalid value: "integer": failed rule: self >= oldSelf']);
  });

  it('may name types beside the old value', () => {
    const port = whole({ 'x-kubernetes-int-or-string': true, ...rules('type(self) == type(oldSelf) || type(self) == string') });
    expect(told(port, { spec: 'http' }, { spec: 1 })).toEqual([]);
    expect(told(port, { spec: 1 }, { spec: 'http' })).toHaveLength(1);
  });

  it('is run without a value before where it asks for it', () => {
    const schema = whole({ ...int, ...rules({ rule: 'self == oldSelf.orValue(0) + 1', optionalOldSelf: true }) });
    expect(told(schema, { spec: 1 })).toEqual([]);
    expect(told(schema, { spec: 2 })).toHaveLength(1);
    expect(told(schema, { spec: 3 }, { spec: 2 })).toEqual([]);
  });
});

describe('what was wrong before', () => {
  const schema = whole({ type: 'object', properties: { a: { ...int, ...rules('self < 5') }, b: int }, ...rules('self.a + self.b < 10') });
  it('passes where it did not change', () => {
    expect(told(schema, { spec: { a: 7, b: 1 } }, { spec: { a: 7, b: 0 } })).toEqual([]);
    expect(told(schema, { spec: { a: 7, b: 5 } }, { spec: { a: 7, b: 0 } })).toEqual([
      'spec: Invalid value: "object": failed rule: self.a + self.b < 10',
    ]);
    expect(told(schema, { spec: { a: 7, b: 5 } }, { spec: { a: 7, b: 5 } })).toEqual([]);
    expect(told(schema, { spec: { a: 8, b: 1 } }, { spec: { a: 7, b: 1 } })).toEqual([
      'spec.a: Invalid value: "integer": failed rule: self < 5',
    ]);
  });
});

describe('with the schema', () => {
  const crd = (spec: JSONSchemaProps) =>
    ({
      metadata: { name: 'widgets.example.com', uid: 'u' },
      spec: {
        ...{ group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' } },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: whole(spec) } }],
      },
    }) as unknown as CustomResourceDefinition;
  const judge = (spec: JSONSchemaProps, value: unknown, old?: unknown) => {
    const object = (of: unknown) => ({ metadata: { name: 'a', namespace: 'n' }, spec: of });
    return definitionOf(crd(spec)).validate!(object(value), old === undefined ? undefined : object(old)).map(formatFieldError);
  };
  const spec: JSONSchemaProps = {
    type: 'object',
    required: ['b'],
    properties: { a: { ...int, maximum: 3 }, b: int },
    ...rules('self.a != 4'),
  };

  it('both are told', () => {
    expect(judge(spec, { a: 4, b: 1 })).toEqual([
      'spec.a: Invalid value: 4: spec.a in body should be less than or equal to 3',
      'spec: Invalid value: "object": failed rule: self.a != 4',
    ]);
  });
  it('rules are left where the object is not sound', () => {
    expect(judge(spec, { a: 4 })).toEqual([
      'spec.b: Required value',
      'spec.a: Invalid value: 4: spec.a in body should be less than or equal to 3',
      '<nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
  });
  it('a stricter schema lets pass what did not change', () => {
    expect(judge(spec, { a: 7, b: 2 }, { a: 7, b: 1 })).toEqual([]);
    expect(judge(spec, { a: 8, b: 2 }, { a: 7, b: 1 })).toHaveLength(1);
  });
});

describe('a definition', () => {
  const on = (more: JSONSchemaProps, ...list: (string | object)[]) => refused({ ...more, ...rules(...list) });
  const object: JSONSchemaProps = { type: 'object', properties: { a: int } };
  it.each<[string, () => string[], string]>([
    [
      'an unknown field',
      () => on(object, 'self.b > 5'),
      `S.x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.b > 5","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b > 5\n | ....^`,
    ],
    ['a wrong type', () => on(object, 'self.a > "x"'), "found no matching overload for '_>_' applied to '(int, string)'"],
    ['a rule that is no condition', () => on(object, 'self.a'), 'cel expression must evaluate to a bool'],
    ['no rule', () => on(object, ' '), 'S.x-kubernetes-validations[0].rule: Required value: rule is not specified'],
    ['a message of several lines', () => on(object, { rule: 'true', message: 'a\nb' }), 'message must not contain line breaks'],
    [
      'a message that is no text',
      () => on(object, { rule: 'true', messageExpression: 'self.a' }),
      'messageExpression must evaluate to a string',
    ],
    [
      'a path that leads nowhere',
      () => on(object, { rule: 'true', fieldPath: '.b' }),
      'S.x-kubernetes-validations[0].fieldPath: Invalid value: ".b": fieldPath must be a valid path: does not refer to a valid field',
    ],
    ['an unknown reason', () => on(object, { rule: 'true', reason: 'x' }), 'S.x-kubernetes-validations[0].reason: Unsupported value: "x"'],
    [
      'optionalOldSelf that nothing reads',
      () => on(object, { rule: 'true', optionalOldSelf: true }),
      'may not be set if oldSelf is not used in rule',
    ],
    [
      'oldSelf of an item',
      () => refused({ type: 'array', items: { ...int, ...rules('self > oldSelf') } }),
      'S.items.x-kubernetes-validations[0].rule: Invalid value: "self > oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within S',
    ],
  ])('is refused with %s', (_what, make, error) => {
    expect(make().join('\n')).toContain(error);
  });
  it('is taken otherwise', () => {
    expect(
      on(object, 'has(self.a) && self.a > 0', {
        rule: 'self.a >= oldSelf.a',
        messageExpression: '"x"',
        reason: 'FieldValueForbidden',
        fieldPath: '.a',
      }),
    ).toEqual([]);
  });
});
