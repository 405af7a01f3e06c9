import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { formatLabelSelector, labelSelectorOf, matches, parseLabelSelector, SelectorError } from './label.ts';

const canonical = (text: string): string => formatLabelSelector(parseLabelSelector(text));

describe('parseLabelSelector', () => {
  it.each([
    ['', ''],
    ['app=web', 'app=web'],
    [' app == web , tier!=db ', 'app==web,tier!=db'],
    ['tier in (b, a),app', 'app,tier in (a,b)'],
    ['x notin (a),!y', 'x notin (a),!y'],
    ['x in (a,)', 'x in (,a)'],
    ['x in ()', 'x in ()'],
    ['x=', 'x='],
    ['x=,y=1', 'x=,y=1'],
    ['in', 'in'],
    ['in in (in)', 'in in (in)'],
    ['n>1,m<-2', 'm<-2,n>1'],
    ['example.com/a=b', 'example.com/a=b'],
    ['!a , b', '!a,b'],
  ])('%j reads as %j', (text, out) => {
    expect(canonical(text)).toBe(out);
    expect(canonical(out)).toBe(out);
  });

  it.each([
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b', expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a=(b)', "unable to parse requirement: found '(', expected: identifier"],
    ['a>x', `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`],
    [
      '-a=b',
      `unable to parse requirement: key: Invalid value: "-a": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      'a=-b',
      `unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  ])('%j fails with %j', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(new SelectorError(message));
  });

  it('never throws anything else, and ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', ',', '=', '!', '(', ')', '<', '>', 'in', '/', '\\', '\t') }), (text) => {
        try {
          expect(canonical(canonical(text))).toBe(canonical(text));
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('matches', () => {
  const labels = { app: 'web', tier: 'front', n: '5' };
  it.each([
    ['', true],
    ['app=web', true],
    ['app!=web', false],
    ['absent!=web', true],
    ['absent notin (a)', true],
    ['absent in (a)', false],
    ['app in (web,api),tier', true],
    ['!tier', false],
    ['!absent', true],
    ['n>4', true],
    ['n>5', false],
    ['n<6', true],
    ['app>1', false],
    ['toString', false],
    ['constructor!=x', true],
  ])('%j: %j', (text, expected) => {
    expect(matches(parseLabelSelector(text), labels)).toBe(expected);
  });

  it('works without labels', () => {
    expect(matches(parseLabelSelector('!a'), undefined)).toBe(true);
    expect(matches(parseLabelSelector('a'), undefined)).toBe(false);
  });
});

describe('labelSelectorOf', () => {
  it('selects nothing when absent and everything when empty', () => {
    expect(matches(labelSelectorOf(undefined), { a: 'b' })).toBe(false);
    expect(matches(labelSelectorOf({}), undefined)).toBe(true);
  });

  it('prints as upstream', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['b', 'a'] },
        { key: 'x', operator: 'DoesNotExist' },
        { key: 'y', operator: 'Exists' },
        { key: 'z', operator: 'NotIn', values: ['q'] },
      ],
    };
    expect(formatLabelSelector(selector)).toBe('app=web,tier in (a,b),!x,y,z notin (q)');
    expect(matches(labelSelectorOf(selector), { app: 'web', tier: 'a', y: '' })).toBe(true);
    expect(matches(labelSelectorOf(selector), { app: 'web', tier: 'a', y: '', z: 'q' })).toBe(false);
    expect(() => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'toString' }] })).toThrow(SelectorError);
  });
});
