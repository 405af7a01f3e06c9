/**
 * Who a binding is for and which role it gives: what RoleBinding and ClusterRoleBinding share.
 */
import { type Infer, list, message, str, struct } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { problems } from '../meta/checks.ts';
import { ageColumn, nameColumn, text, wideText } from '../meta/columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { typeMeta } from '../meta/type-meta.ts';
import type { Column, FieldError } from '../resource.ts';
import { invalid, notSupported, required } from '../validation/errors.ts';
import { isPathSegmentName, subdomainName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

const GROUP = 'rbac.authorization.k8s.io';

export const Subject = struct(
  'io.k8s.api.rbac.v1.Subject',
  'A user, a group or a service account.',
  {
    kind: str(1, 'User, Group or ServiceAccount.', { required: true, default: '' }),
    apiGroup: str(2, 'rbac.authorization.k8s.io for users and groups, empty for service accounts.'),
    name: str(3, 'Name of the user, group or service account.', { required: true, default: '' }),
    namespace: str(4, 'Namespace of the service account.'),
  },
  { atomic: true },
);
export type Subject = Infer<typeof Subject>;

export const RoleRef = struct(
  'io.k8s.api.rbac.v1.RoleRef',
  'Which role a binding gives.',
  {
    apiGroup: str(1, 'rbac.authorization.k8s.io.'),
    kind: str(2, 'Role or ClusterRole.', { required: true, default: '' }),
    name: str(3, 'Name of the role.', { required: true, default: '' }),
  },
  { atomic: true },
);
export type RoleRef = Infer<typeof RoleRef>;

/** Fields of both kinds of binding. */
export const bindingFields = {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  subjects: list(2, Subject, 'Who gets the role.'),
  roleRef: message(3, RoleRef, 'The role given; cannot change.', { required: true }),
} as const;

interface AnyBinding {
  metadata: ObjectMeta;
  subjects?: Subject[];
  roleRef: RoleRef;
}

export const defaultBinding = ({ subjects, roleRef }: AnyBinding): void => {
  if (roleRef && !roleRef.apiGroup) roleRef.apiGroup = GROUP;
  for (const subject of subjects ?? []) {
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = GROUP;
  }
};

const validateSubject = (subject: Subject, at: string, namespaced: boolean): FieldError[] => {
  const { kind, name, apiGroup = '', namespace = '' } = subject;
  const errors = name === '' ? [required(`${at}.name`)] : [];
  if (kind === 'ServiceAccount') {
    if (name !== '') errors.push(...problems(`${at}.name`, name, subdomainName(name)));
    if (apiGroup !== '') errors.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
    if (!namespaced && namespace === '') errors.push(required(`${at}.namespace`));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== GROUP) errors.push(notSupported(`${at}.apiGroup`, apiGroup, [GROUP]));
  } else errors.push(notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  return errors;
};

export const validateBinding = (
  binding: AnyBinding,
  old: AnyBinding | undefined,
  { namespaced, roleKinds }: { namespaced: boolean; roleKinds: readonly string[] },
): FieldError[] => {
  const { roleRef, subjects = [] } = binding;
  const errors = validateObjectMeta(binding.metadata, { namespaced, nameRule: isPathSegmentName }, old?.metadata);
  if (roleRef.apiGroup !== GROUP) errors.push(notSupported('roleRef.apiGroup', roleRef.apiGroup ?? '', [GROUP]));
  if (!roleKinds.includes(roleRef.kind)) errors.push(notSupported('roleRef.kind', roleRef.kind, roleKinds));
  if (roleRef.name === '') errors.push(required('roleRef.name'));
  else errors.push(...problems('roleRef.name', roleRef.name, isPathSegmentName(roleRef.name)));
  errors.push(...subjects.flatMap((subject, i) => validateSubject(subject, `subjects[${i}]`, namespaced)));
  if (old && !equalJson(roleRef, old.roleRef)) errors.push(invalid('roleRef', roleRef, 'cannot change roleRef'));
  return errors;
};

const subjectsOf = (kind: string, name: (subject: Subject) => string) => (binding: AnyBinding) =>
  (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(name)
    .join(', ');

export const bindingColumns: readonly Column[] = [
  nameColumn,
  text('Role', 'The role given.', ({ roleRef }: AnyBinding) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn,
  wideText(
    'Users',
    'Users that get the role.',
    subjectsOf('User', ({ name }) => name),
  ),
  wideText(
    'Groups',
    'Groups that get the role.',
    subjectsOf('Group', ({ name }) => name),
  ),
  wideText(
    'ServiceAccounts',
    'Service accounts that get the role.',
    subjectsOf('ServiceAccount', ({ name, namespace }) => `${namespace ?? ''}/${name}`),
  ),
];
