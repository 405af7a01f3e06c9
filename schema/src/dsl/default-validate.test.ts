import { describe, expect, it } from 'vitest';
import { formatFieldError } from '../validation/errors.ts';
import { applyDefaults } from './default.ts';
import { Root } from './test-structs.ts';
import { validateStruct } from './validate.ts';

const defaulted = (value: unknown): unknown => {
  applyDefaults(Root, value);
  return value;
};

describe('applyDefaults', () => {
  it('fills absent fields where the parent is present, and required zeros, but not optional ones', () => {
    expect(
      defaulted({ spec: { items: [{ name: 'a', ports: [{ containerPort: 1 }, { containerPort: 2, protocol: 'UDP' }], from: {} }] } }),
    ).toEqual({
      spec: {
        items: [
          {
            name: 'a',
            count: 0,
            ports: [
              { containerPort: 1, protocol: 'TCP' },
              { containerPort: 2, protocol: 'UDP' },
            ],
            from: {},
          },
        ],
      },
    });
  });

  it('makes absent messages that are declared, never shared, and is idempotent', () => {
    const first = defaulted({}) as { spec: object };
    expect(first).toEqual({ spec: {} });
    expect((defaulted({}) as { spec: object }).spec).not.toBe(first.spec);
    expect(defaulted(structuredClone(first))).toEqual(first);
  });
});

describe('validateStruct', () => {
  const problems = (value: unknown): string[] => validateStruct(Root, value).map(formatFieldError);

  it('asks for required fields, except those with a default', () => {
    expect(problems({ spec: {} })).toEqual(['spec.items: Required value']);
    expect(problems({ spec: { items: [{ ports: [{}] }, { name: '' }] } })).toEqual([
      'spec.items[0].name: Required value',
      'spec.items[0].ports[0].containerPort: Required value',
      'spec.items[1].name: Required value',
    ]);
  });

  it('checks enums', () => {
    expect(problems({ spec: { items: [{ name: 'a', ports: [{ containerPort: 1, protocol: 'tcp' }] }] } })).toEqual([
      'spec.items[0].ports[0].protocol: Unsupported value: "tcp": supported values: "TCP", "UDP"',
    ]);
  });

  it('does not look at the status of a whole object', () => {
    expect(problems({ spec: { items: [] }, status: {} })).toEqual([]);
  });
});
