import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { add, canonical, compare, formatBytes, formatMilli, QuantityError, sub, toMilli, value } from './quantity.ts';

describe('canonical', () => {
  it.each([
    ['0', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['+5', '5'],
    ['5.', '5'],
    ['.5', '500m'],
    ['0.5', '500m'],
    ['1.5', '1500m'],
    ['1000m', '1'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['1000000', '1M'],
    ['1e3', '1e3'],
    ['12E6', '12e6'],
    ['1e2', '100'],
    ['1e-3', '1e-3'],
    ['1.2e1', '12'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1Ki', '1Ki'],
    ['1023Mi', '1023Mi'],
    ['0.5Mi', '512Ki'],
    ['1E', '1E'],
    ['1Ei', '1Ei'],
    ['100n', '100n'],
    ['0.1n', '1n'],
    ['-0.1n', '-1n'],
    ['1.0001n', '2n'],
    ['-1.5Gi', '-1536Mi'],
    ['99999999999999999999', '9223372036854775807'],
    ['1e1000000000', '9223372036854775807e0'],
    ['1e-1000000000', '1e-9'],
  ])('%s is %s', (text, out) => {
    expect(canonical(text)).toBe(out.replace(/e0$/, ''));
  });

  it.each(['', ' ', '.', '-', '1 Gi', 'Gi', '1gi', '1K', '1KiB', '1e', '1.2.3', '0x10', '1mm', '--1', '1e1.5', '١', `${'9'.repeat(300)}`])(
    'refuses %j',
    (text) => {
      expect(() => canonical(text)).toThrow(QuantityError);
    },
  );

  it('has upstream words', () => {
    expect(() => canonical('lots')).toThrow("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    expect(() => canonical('1KK')).toThrow("unable to parse quantity's suffix");
  });

  it('is idempotent and keeps the value', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-3');
    const text = fc
      .tuple(fc.integer({ min: -99999, max: 99999 }), fc.nat(999), suffix)
      .map(([whole, part, unit]) => `${whole}.${part}${unit}`);
    fc.assert(
      fc.property(text, (raw) => {
        expect(canonical(canonical(raw))).toBe(canonical(raw));
        expect(compare(raw, canonical(raw))).toBe(0);
      }),
    );
  });
});

describe('numbers', () => {
  it('round up', () => {
    expect([toMilli('100m'), toMilli('1.0001'), toMilli('2'), toMilli('1u')]).toEqual([100, 1001, 2000, 1]);
    expect([value('1Gi'), value('100m'), value('1.5'), value('128Mi'), value('1k')]).toEqual([1073741824, 1, 2, 134217728, 1000]);
  });

  it('compare, add and subtract exactly', () => {
    expect([compare('1Gi', '1G'), compare('0.1', '100m'), compare('1', '1001m')]).toEqual([1, 0, -1]);
    expect([add('0.1', '0.2'), add('512Mi', '512Mi'), sub('1', '250m'), sub('1Gi', '512Mi'), add('0', '1Gi'), sub('1', '2')]).toEqual([
      '300m',
      '1Gi',
      '750m',
      '512Mi',
      '1Gi',
      '-1',
    ]);
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(sub(add(formatMilli(a), formatMilli(b)), formatMilli(b))).toBe(formatMilli(a));
      }),
    );
  });

  it('are printed', () => {
    expect([formatMilli(1500), formatMilli(2000), formatMilli(0), formatBytes(1073741824), formatBytes(1000)]).toEqual([
      '1500m',
      '2',
      '0',
      '1Gi',
      '1k',
    ]);
  });
});
