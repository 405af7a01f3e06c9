import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { clusterRoles } from './cluster-role.ts';
import { clusterRoleBindings } from './cluster-role-binding.ts';
import { roles } from './role.ts';
import { roleBindings } from './role-binding.ts';

const inDefault = { name: 'x', namespace: 'default' };
const role = (rules: unknown) => accept(roles, { metadata: inDefault, rules }).errors;

describe('rules', () => {
  it.each([
    [{ apiGroups: [''], resources: ['pods'] }, ['rules[0].verbs: Required value: verbs must contain at least one value']],
    [{ verbs: ['get'], resources: ['pods'] }, ['rules[0].apiGroups: Required value: resource rules must supply at least one api group']],
    [{ verbs: ['get'], apiGroups: [''] }, ['rules[0].resources: Required value: resource rules must supply at least one resource']],
    [
      { verbs: ['get'], nonResourceURLs: ['/x'] },
      ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
    ],
    [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] }, []],
  ])('%j', (rule, errors) => {
    expect(role([rule])).toEqual(errors);
  });

  it('of cluster roles may name paths, but not with resources', () => {
    const errorsOf = (object: object) => accept(clusterRoles, { metadata: { name: 'system:x' }, ...object }).errors;
    expect(errorsOf({ rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] })).toEqual([]);
    expect(errorsOf({ rules: [{ verbs: ['get'], nonResourceURLs: ['/x'], resources: ['pods'] }] })).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ]);
    expect(errorsOf({ aggregationRule: {} })).toEqual([
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
    expect(errorsOf({ metadata: { name: 'a/b' } })).toEqual(['metadata.name: Invalid value: "a/b": may not contain \'/\'']);
  });
});

describe('bindings', () => {
  const roleRef = { kind: 'Role', name: 'r' };
  const binding = (object: object) => accept<any>(roleBindings, { metadata: inDefault, roleRef, ...object });

  it('get their API groups', () => {
    const { object, errors } = binding({
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's' },
      ],
    });
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io' }, { kind: 'ServiceAccount', name: 's' }],
    });
  });

  it.each([
    [{ roleRef: { kind: 'X', name: 'r' } }, ['roleRef.kind: Unsupported value: "X": supported values: "ClusterRole", "Role"']],
    [{ roleRef: { kind: 'Role', name: '' } }, ['roleRef.name: Required value']],
    [
      { roleRef: { kind: 'Role', name: 'r', apiGroup: 'x' } },
      ['roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"'],
    ],
    [
      { subjects: [{ kind: 'Robot', name: 'u' }] },
      ['subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"'],
    ],
    [{ subjects: [{ kind: 'User', name: '' }] }, ['subjects[0].name: Required value']],
    [
      { subjects: [{ kind: 'ServiceAccount', name: 's', apiGroup: 'x' }] },
      ['subjects[0].apiGroup: Unsupported value: "x": supported values: ""'],
    ],
  ])('%j', (object, errors) => {
    expect(binding(object).errors).toEqual(errors);
  });

  it('keep their role', () => {
    const { object: old } = binding({});
    expect(accept(roleBindings, { metadata: inDefault, roleRef: { kind: 'Role', name: 'other' } }, old).errors).toEqual([
      'roleRef: Invalid value: {"kind":"Role","name":"other","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
    ]);
  });

  it('of the cluster give cluster roles, to accounts with a namespace', () => {
    const subjects = [{ kind: 'ServiceAccount', name: 's' }];
    expect(accept(clusterRoleBindings, { metadata: { name: 'x' }, roleRef, subjects }).errors).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      'subjects[0].namespace: Required value',
    ]);
  });

  it('are shown with who gets the role', () => {
    const subjects = [
      { kind: 'User', name: 'a' },
      { kind: 'User', name: 'b' },
      { kind: 'Group', name: 'g' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ];
    expect(row(roleBindings, binding({ subjects }).object, 0)).toMatchObject({
      Role: 'Role/r',
      Users: 'a, b',
      Groups: 'g',
      ServiceAccounts: 'n/s',
    });
  });
});
