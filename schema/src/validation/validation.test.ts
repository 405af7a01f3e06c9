import { describe, expect, it } from 'vitest';
import type { FieldError } from '../resource.ts';
import * as e from './errors.ts';
import { cidrContains, isIPv6, parseCIDR, parseIP } from './ip.ts';
import { validateLabelSelector } from './label-selector.ts';
import * as names from './names.ts';
import { finalizerWarnings, validateObjectMeta } from './object-meta.ts';

const text = (errors: FieldError[]): string[] => errors.map(e.formatFieldError);

describe('field errors', () => {
  it.each([
    [e.required('spec.a'), 'spec.a: Required value'],
    [e.required('spec.a', 'say it'), 'spec.a: Required value: say it'],
    [e.invalid('a', 'x"\n', 'bad'), 'a: Invalid value: "x\\"\\n": bad'],
    [e.invalid('a', '\u0001\\u0001', 'bad'), 'a: Invalid value: "\\x01\\\\u0001": bad'],
    [e.invalid('a', -1, 'bad'), 'a: Invalid value: -1: bad'],
    [e.invalid('a', { b: ['c'] }, 'bad'), 'a: Invalid value: {"b":["c"]}: bad'],
    [e.invalid('a', null, 'bad'), 'a: Invalid value: null: bad'],
    [e.notSupported('a', 'x', ['B', 'A']), 'a: Unsupported value: "x": supported values: "A", "B"'],
    [e.duplicate('a[0]', 'x'), 'a[0]: Duplicate value: "x"'],
    [e.forbidden('a', 'no'), 'a: Forbidden: no'],
    [e.tooLong('a', 63), 'a: Too long: may not be more than 63 bytes'],
    [e.tooMany('a', 3, 1), 'a: Too many: 3: must have at most 1 item'],
    [e.notFound('a', 'x'), 'a: Not found: "x"'],
    [e.typeInvalid('a', true, 'bad'), 'a: Invalid value: true: bad'],
  ])('%j', (error, expected) => {
    expect(e.formatFieldError(error)).toBe(expected);
  });

  it('aggregate', () => {
    expect(e.formatFieldErrors([e.required('a')])).toBe('a: Required value');
    expect(e.formatFieldErrors([e.required('a'), e.required('b'), e.required('a')])).toBe('[a: Required value, b: Required value]');
    expect(e.causeReason(e.notSupported('a', 'x', []))).toBe('FieldValueNotSupported');
  });
});

describe('names', () => {
  const good = (rule: (text: string) => string[], ...texts: string[]): void => {
    for (const one of texts) expect(rule(one), one).toEqual([]);
  };
  const bad = (rule: (text: string) => string[], ...texts: string[]): void => {
    for (const one of texts) expect(rule(one).length, one).toBeGreaterThan(0);
  };

  it('follow upstream', () => {
    good(names.isDNS1123Label, 'a', 'a-b', '1a', 'a'.repeat(63));
    bad(names.isDNS1123Label, '', 'A', '-a', 'a-', 'a.b', 'a_b', 'a'.repeat(64), 'a\n');
    good(names.isDNS1123Subdomain, 'a', 'a.b-c.1', 'a'.repeat(253));
    bad(names.isDNS1123Subdomain, '', 'a..b', '.a', 'a.', 'A.b', 'a'.repeat(254));
    good(names.isDNS1035Label, 'a1');
    bad(names.isDNS1035Label, '1a', '');
    good(names.isQualifiedName, 'a', 'A_b.c', 'example.com/Name');
    bad(names.isQualifiedName, '', '/a', 'a/', 'a/b/c', 'Ex.com/a', '_a', `a/${'b'.repeat(64)}`);
    good(names.isValidLabelValue, '', 'a', 'A_1.b');
    bad(names.isValidLabelValue, '-a', 'a b', 'a'.repeat(64));
    good(names.isEnvVarName, 'A', 'a.b-c', '1 x');
    bad(names.isEnvVarName, '', 'A=B', 'ü', 'a\nb');
    good(names.isCIdentifier, '_a1');
    bad(names.isCIdentifier, '1a', 'a-b', '');
    good(names.isConfigMapKey, 'a.b', '__proto__', '.a');
    bad(names.isConfigMapKey, '', '.', '..', '..a', 'a/b');
    good(names.isValidPortName, 'http', 'a-1');
    bad(names.isValidPortName, '', '80', 'a--b', '-a', 'a-', 'Http', 'a'.repeat(16));
    good(names.isValidPercent, '25%', '100%');
    bad(names.isValidPercent, '25', '%', '-5%');
    good(names.isPathSegmentName, 'a:b');
    bad(names.isPathSegmentName, '.', '..', 'a/b', 'a%b');
    expect(names.subdomainName('a-', true)).toEqual([]);
    expect(names.subdomainName('a-', false)).toHaveLength(1);
  });

  it('say what is wrong in upstream words', () => {
    expect(names.isDNS1123Subdomain('A')).toEqual([
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ]);
    expect(names.isDNS1123Label('A')).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]);
    expect(names.isDNS1123Label('a'.repeat(64))).toEqual(['must be no more than 63 bytes']);
  });

  it('take linear time on hostile text', () => {
    const long = `${'a'.repeat(60_000)}!`;
    const dots = `${'a.'.repeat(30_000)}!`;
    for (const rule of [
      names.isDNS1123Label,
      names.isDNS1123Subdomain,
      names.isDNS1123SubdomainWithUnderscore,
      names.isDNS1035Label,
      names.isQualifiedName,
      names.isValidLabelValue,
      names.isConfigMapKey,
    ]) {
      bad(rule, long, dots, long.repeat(50));
    }
  });
});

describe('IP addresses', () => {
  it('parse as Go does', () => {
    expect(parseIP('10.0.0.255')).toEqual([10, 0, 0, 255]);
    for (const wrong of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '256.1.1.1',
      '1.2.3.4 ',
      ':',
      ':::',
      '1::2::3',
      '12345::',
      'g::',
      '1:2:3:4:5:6:7',
      '::1.2.3',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4:5:6:7::8',
    ]) {
      expect(parseIP(wrong), wrong).toBeUndefined();
    }
    for (const right of [
      '::',
      '::1',
      'fe80::',
      '2001:db8::ffff',
      '::ffff:1.2.3.4',
      '1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:1.2.3.4',
      '1:2:3:4:5:6::8',
    ])
      expect(isIPv6(right), right).toBe(true);
  });

  it('and blocks', () => {
    expect(parseCIDR('10.0.0.0/8')?.bits).toBe(8);
    for (const wrong of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '/8', '::/129'])
      expect(parseCIDR(wrong), wrong).toBeUndefined();
    expect(cidrContains('10.1.0.0/18', '10.1.63.255')).toBe(true);
    expect(cidrContains('10.1.0.0/18', '10.1.64.0')).toBe(false);
    expect(cidrContains('0.0.0.0/0', '::1')).toBe(false);
    expect(cidrContains('fd00::/8', 'fdff::1')).toBe(true);
  });
});

describe('validateObjectMeta', () => {
  const rules = { namespaced: true };
  const good = { name: 'a', namespace: 'default' };

  it('checks name and namespace', () => {
    expect(text(validateObjectMeta(good, rules))).toEqual([]);
    expect(text(validateObjectMeta({}, rules))).toEqual([
      'metadata.name: Required value: name or generateName is required',
      'metadata.namespace: Required value',
    ]);
    expect(text(validateObjectMeta({ name: 'A', namespace: 'x' }, { namespaced: false }))).toEqual([
      expect.stringMatching(/^metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain/),
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
    expect(text(validateObjectMeta({ ...good, generateName: 'X-' }, rules))[0]).toMatch(/^metadata\.generateName: Invalid value: "X-"/);
    expect(validateObjectMeta({ ...good, generateName: 'x-' }, rules)).toEqual([]);
  });

  it('checks labels, annotations, finalizers and owners', () => {
    expect(text(validateObjectMeta({ ...good, labels: { '-a': 'x', b: '-' } }, rules)).map((line) => line.slice(0, 36))).toEqual([
      'metadata.labels: Invalid value: "-a"',
      'metadata.labels: Invalid value: "-":',
    ]);
    expect(text(validateObjectMeta({ ...good, annotations: { a: 'x'.repeat(256 * 1024) } }, rules))).toEqual([
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
    expect(validateObjectMeta({ ...good, annotations: { 'Example.com/A': '' }, finalizers: ['x.io/y', 'orphan'] }, rules)).toEqual([]);
    expect(text(validateObjectMeta({ ...good, finalizers: ['own'] }, rules))).toEqual([
      'metadata.finalizers[0]: Invalid value: "own": name is neither a standard finalizer name nor is it fully qualified',
    ]);
    expect(validateObjectMeta({ ...good, finalizers: ['own'] }, { ...rules, anyFinalizers: true })).toEqual([]);
    expect(finalizerWarnings({ finalizers: ['own', 'old', 'x.io/y', 'orphan'] }, { finalizers: ['old'] })).toEqual([
      'metadata.finalizers: "own": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers',
    ]);
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true };
    expect(text(validateObjectMeta({ ...good, ownerReferences: [owner, { ...owner, name: 's', uid: '' }] }, rules))).toEqual([
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
      expect.stringMatching(/Only one reference can have Controller set to true\. Found "true" in references for r and s$/),
    ]);
  });

  it('guards what may not change', () => {
    const old = { ...good, uid: 'u1', creationTimestamp: '2024-01-01T00:00:00Z', generation: 2 };
    expect(validateObjectMeta(old, rules, old)).toEqual([]);
    expect(text(validateObjectMeta({ ...old, uid: 'u2', generation: 1 }, rules, old))).toEqual([
      'metadata.generation: Invalid value: 1: must not be decremented',
      'metadata.uid: Invalid value: "u2": field is immutable',
    ]);
    const dying = { ...old, deletionTimestamp: '2024-01-01T00:00:00Z', finalizers: ['a.b/c'] };
    expect(text(validateObjectMeta({ ...dying, finalizers: ['a.b/c', 'a.b/d'] }, rules, dying))).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}',
    ]);
  });
});

describe('validateLabelSelector', () => {
  it('checks expressions', () => {
    const expression = (operator: string, values?: string[]): string[] =>
      text(validateLabelSelector({ matchExpressions: [{ key: 'a', operator, values }] }, 'spec.selector'));
    expect(expression('In', ['x'])).toEqual([]);
    expect(expression('In')).toEqual([
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ]);
    expect(expression('Exists', ['x'])).toEqual([
      "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ]);
    expect(expression('Like')).toEqual([
      'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
    ]);
    expect(text(validateLabelSelector({ matchLabels: { a: '-' } }, 's'))[0]).toMatch(/^s\.matchLabels: Invalid value: "-"/);
  });
});
