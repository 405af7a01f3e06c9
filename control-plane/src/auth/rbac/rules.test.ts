import { describe, expect, test } from 'vitest';
import type { PolicyRule } from '#schema/rbac/policy-rule.ts';
import { allowsPath, allowsResource, formatRule, uncovered } from './rules.ts';

const asks = (text: string) => {
  const [verb = '', path = '', name = ''] = text.split(' ');
  const [group = '', resource = '', subresource = ''] = path.split('/');
  return { verb, group: group === 'core' ? '' : group, resource, subresource, name };
};
const rule = (verbs: string, groups: string, resources: string, names?: string): PolicyRule => ({
  verbs: verbs.split(','),
  apiGroups: groups.split(',').map((group) => (group === 'core' ? '' : group)),
  resources: resources.split(','),
  ...(names ? { resourceNames: names.split(',') } : {}),
});

describe('a rule', () => {
  test.each([
    ['get core/pods', rule('get', 'core', 'pods'), true],
    ['list core/pods', rule('get', 'core', 'pods'), false],
    ['get apps/pods', rule('get', 'core', 'pods'), false],
    ['get apps/deployments', rule('*', '*', '*'), true],
    ['get core/pods/log', rule('get', 'core', 'pods'), false],
    ['get core/pods/log', rule('get', 'core', 'pods/log'), true],
    ['get core/pods/log', rule('get', 'core', '*'), true],
    ['update apps/deployments/scale', rule('update', '*', '*/scale'), true],
    ['update apps/deployments/status', rule('update', '*', '*/scale'), false],
    ['update apps/deployments', rule('update', '*', '*/scale'), false],
    ['get core/secrets a', rule('get', 'core', 'secrets', 'a,b'), true],
    ['get core/secrets c', rule('get', 'core', 'secrets', 'a,b'), false],
    ['list core/secrets', rule('list', 'core', 'secrets', 'a'), false],
    ['create core/secrets', rule('create', 'core', 'secrets', 'a'), false],
  ])('%s', (asked, one, allowed) => {
    expect(allowsResource(one, asks(asked))).toBe(allowed);
  });

  test.each([
    ['/version', ['/version'], true],
    ['/version/x', ['/version'], false],
    ['/apis/x', ['/apis/*'], true],
    ['/apis', ['/apis/*'], false],
    ['/anything', ['*'], true],
  ])('of path %s', (path, nonResourceURLs, allowed) => {
    expect(allowsPath({ verbs: ['get'], nonResourceURLs }, 'get', path)).toBe(allowed);
    expect(allowsPath({ verbs: ['get'], nonResourceURLs }, 'post', path)).toBe(false);
  });
});

describe('what rules do not cover', () => {
  const missing = (held: PolicyRule[], wanted: PolicyRule[]): string[] => uncovered(held, wanted).map(formatRule);

  test('is named by resource, with all its verbs', () => {
    expect(missing([rule('get', 'core', 'pods')], [rule('get,list,watch', 'core', 'pods,pods/log')])).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}',
      '{APIGroups:[""], Resources:["pods/log"], Verbs:["get" "list" "watch"]}',
    ]);
  });

  test('several rules may cover one together', () => {
    expect(missing([rule('get', 'core', '*'), rule('list', '*', 'pods')], [rule('get,list', 'core', 'pods')])).toEqual([]);
  });

  test('a wildcard is covered by a wildcard alone', () => {
    expect(missing([rule('get,list,create', '*', '*')], [rule('*', 'core', 'pods')])).toHaveLength(1);
    expect(missing([rule('*', '*', '*')], [rule('*', 'core', 'pods')])).toEqual([]);
    expect(missing([rule('get', 'core', 'pods')], [rule('get', 'core', '*')])).toHaveLength(1);
    expect(missing([rule('update', 'apps', '*/scale')], [rule('update', 'apps', 'deployments/scale')])).toEqual([]);
  });

  test('names', () => {
    expect(missing([rule('get', 'core', 'secrets', 'a')], [rule('get', 'core', 'secrets', 'a,b')])).toEqual([
      '{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["get"]}',
    ]);
    expect(missing([rule('get', 'core', 'secrets', 'a')], [rule('get', 'core', 'secrets')])).toHaveLength(1);
  });

  test('paths', () => {
    const held = [{ verbs: ['get'], nonResourceURLs: ['/apis/*'] }];
    expect(missing(held, [{ verbs: ['get'], nonResourceURLs: ['/apis/x', '/apis/*'] }])).toEqual([]);
    expect(missing(held, [{ verbs: ['get'], nonResourceURLs: ['*'] }])).toEqual(['{NonResourceURLs:["*"], Verbs:["get"]}']);
  });

  test('a rule with millions of parts costs no more than a bounded number of them', () => {
    const many = Array.from({ length: 500 }, (_, i) => `r${i}`).join(',');
    expect(uncovered([rule('*', '*', '*')], [rule(many, many, many)])).toHaveLength(1);
  });
});
