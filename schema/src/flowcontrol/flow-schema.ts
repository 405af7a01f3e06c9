/**
 * FlowSchema: which requests belong to which priority level. Stored and served; requests are not queued by it.
 * @see https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
import { bool, type Infer, int32, list, listMap, message, set, str, struct, time } from '../dsl/field.ts';
import { getOwn } from '../dsl/own.ts';
import { between } from '../meta/checks.ts';
import { ageColumn, integer, nameColumn, text } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { forbidden, notSupported, required } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

const NAME = 'io.k8s.api.flowcontrol.v1';
const MAX_PRECEDENCE = 10_000;
const MANDATORY_PRECEDENCE: Readonly<Record<string, number>> = { exempt: 1, 'catch-all': MAX_PRECEDENCE };

export const FlowDistinguisherMethod = struct(`${NAME}.FlowDistinguisherMethod`, 'What tells flows apart.', {
  type: str(1, 'ByUser or ByNamespace.', { required: true, default: '' }),
});

export const PriorityLevelConfigurationReference = struct(`${NAME}.PriorityLevelConfigurationReference`, 'A priority level.', {
  name: str(1, 'Its name.', { required: true, default: '' }),
});

export const UserSubject = struct(`${NAME}.UserSubject`, 'A user.', {
  name: str(1, 'Name of the user; * for all.', { required: true, default: '' }),
});
export const GroupSubject = struct(`${NAME}.GroupSubject`, 'A group.', {
  name: str(1, 'Name of the group; * for all.', { required: true, default: '' }),
});
export const ServiceAccountSubject = struct(`${NAME}.ServiceAccountSubject`, 'A service account.', {
  namespace: str(1, 'Its namespace.', { required: true, default: '' }),
  name: str(2, 'Its name; * for all of the namespace.', { required: true, default: '' }),
});

export const Subject = struct(`${NAME}.Subject`, 'Who makes requests; the field that the kind names is set.', {
  kind: str(1, 'User, Group or ServiceAccount.', { required: true, default: '' }),
  user: message(2, UserSubject, 'A user.'),
  group: message(3, GroupSubject, 'A group.'),
  serviceAccount: message(4, ServiceAccountSubject, 'A service account.'),
});
export type Subject = Infer<typeof Subject>;

export const ResourcePolicyRule = struct(`${NAME}.ResourcePolicyRule`, 'Requests for resources.', {
  verbs: set(1, 'string', 'Verbs, or * for all.', { required: true, default: [] }),
  apiGroups: set(2, 'string', 'API groups, or * for all.', { required: true, default: [] }),
  resources: set(3, 'string', 'Resources, or * for all.', { required: true, default: [] }),
  clusterScope: bool(4, 'Also requests that name no namespace.'),
  namespaces: set(5, 'string', 'Namespaces, or * for all.'),
});

export const NonResourcePolicyRule = struct(`${NAME}.NonResourcePolicyRule`, 'Requests for paths.', {
  verbs: set(1, 'string', 'Verbs, or * for all.', { required: true, default: [] }),
  nonResourceURLs: set(6, 'string', 'URL paths; * alone or at the end of a path is a wildcard.', { required: true, default: [] }),
});

export const PolicyRulesWithSubjects = struct(`${NAME}.PolicyRulesWithSubjects`, 'Some requests of some subjects.', {
  subjects: list(1, Subject, 'Who makes them.', { required: true, default: [] }),
  resourceRules: list(2, ResourcePolicyRule, 'Requests for resources.'),
  nonResourceRules: list(3, NonResourcePolicyRule, 'Requests for paths.'),
});
export type PolicyRulesWithSubjects = Infer<typeof PolicyRulesWithSubjects>;

export const FlowSchemaSpec = struct(`${NAME}.FlowSchemaSpec`, 'Which requests, and their priority level.', {
  priorityLevelConfiguration: message(1, PriorityLevelConfigurationReference, 'The priority level.', { required: true, default: {} }),
  matchingPrecedence: int32(2, 'Place among others, 1 to 10000; lower is asked first.'),
  distinguisherMethod: message(3, FlowDistinguisherMethod, 'What tells flows apart.'),
  rules: list(4, PolicyRulesWithSubjects, 'Requests that belong to it; any rule will do.'),
});
export type FlowSchemaSpec = Infer<typeof FlowSchemaSpec>;

export const FlowSchemaCondition = struct(`${NAME}.FlowSchemaCondition`, 'One observed aspect.', {
  type: str(1, 'Dangling, when the priority level is missing.'),
  status: str(2, 'True, False or Unknown.'),
  lastTransitionTime: time(3, 'When the status last changed.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  message: str(5, 'Text for people.'),
});

export const FlowSchemaStatus = struct(`${NAME}.FlowSchemaStatus`, 'What was observed of it.', {
  conditions: listMap(1, FlowSchemaCondition, ['type'], 'Latest observations, one for each type.'),
});

export const FlowSchema = struct(`${NAME}.FlowSchema`, 'Which requests belong to which priority level.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, FlowSchemaSpec, 'The desired state.', { default: {} }),
  status: message(3, FlowSchemaStatus, 'The observed state; written by the cluster.'),
});
export type FlowSchema = ObjectOf<typeof FlowSchema, 'spec'>;

const subjectFields = { User: 'user', Group: 'group', ServiceAccount: 'serviceAccount' } as const;

const validateSubject = (subject: Subject, at: string): FieldError[] => {
  const { kind } = subject;
  if (!Object.hasOwn(subjectFields, kind)) return [notSupported(`${at}.kind`, kind, Object.keys(subjectFields))];
  const own = subjectFields[kind as keyof typeof subjectFields];
  const errors: FieldError[] = [];
  for (const field of Object.values(subjectFields)) {
    if (field === own) {
      if (!subject[field]) errors.push(required(`${at}.${field}`, `${field} is required when subject kind is '${kind}'`));
      else if (subject[field].name === '') errors.push(required(`${at}.${field}.name`));
    } else if (subject[field]) {
      errors.push(
        forbidden(`${at}.${field}`, `${field} is forbidden when subject kind is not '${field[0]!.toUpperCase()}${field.slice(1)}'`),
      );
    }
  }
  return errors;
};

const validateRules = ({ subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects, at: string): FieldError[] => {
  const errors = subjects.length === 0 ? [required(`${at}.subjects`, 'subjects must contain at least one value')] : [];
  errors.push(...subjects.flatMap((subject, i) => validateSubject(subject, `${at}.subjects[${i}]`)));
  if (resourceRules.length + nonResourceRules.length === 0) {
    errors.push(required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  const nonEmpty = (field: string, values: readonly string[], rule: string): void => {
    if (values.length === 0) errors.push(required(field, rule));
  };
  for (const [i, { verbs, apiGroups, resources, clusterScope, namespaces = [] }] of resourceRules.entries()) {
    const path = `${at}.resourceRules[${i}]`;
    nonEmpty(`${path}.verbs`, verbs, 'verbs must contain at least one value');
    nonEmpty(`${path}.apiGroups`, apiGroups, 'resource rules must supply at least one api group');
    nonEmpty(`${path}.resources`, resources, 'resource rules must supply at least one resource');
    if (namespaces.length === 0 && !clusterScope) {
      errors.push(required(`${path}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace'));
    }
  }
  for (const [i, { verbs, nonResourceURLs }] of nonResourceRules.entries()) {
    nonEmpty(`${at}.nonResourceRules[${i}].verbs`, verbs, 'verbs must contain at least one value');
    nonEmpty(`${at}.nonResourceRules[${i}].nonResourceURLs`, nonResourceURLs, 'nonResourceURLs must contain at least one value');
  }
  return errors;
};

const validateSpec = ({ metadata: { name }, spec }: FlowSchema): FieldError[] => {
  const { matchingPrecedence, priorityLevelConfiguration: level, distinguisherMethod: method, rules = [] } = spec;
  const errors: FieldError[] = [];
  const precedence = matchingPrecedence ?? 0;
  const mandatory = getOwn(MANDATORY_PRECEDENCE, name ?? '');
  if (mandatory === undefined || precedence !== mandatory)
    errors.push(...between('spec.matchingPrecedence', precedence || -1, 1, MAX_PRECEDENCE));
  if (level.name === '') errors.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'));
  if (method && method.type !== 'ByUser' && method.type !== 'ByNamespace') {
    errors.push(notSupported('spec.distinguisherMethod.type', method.type, ['ByNamespace', 'ByUser']));
  }
  return [...errors, ...rules.flatMap((rule, i) => validateRules(rule, `spec.rules[${i}]`))];
};

export const flowSchemas = defineResource<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  resource: 'flowschemas',
  kind: 'FlowSchema',
  namespaced: false,
  versions: soleVersion('v1', FlowSchema),
  inactive: 'requests are not queued by priority: the object is stored and nothing acts on it',
  hasStatus: true,
  defaults: ({ spec }) => {
    spec.matchingPrecedence ??= 1000;
  },
  validate: (schema, old) => [...validateObjectMeta(schema.metadata, { namespaced: false }, old?.metadata), ...validateSpec(schema)],
  prepareCreate: (schema) => {
    schema.status = {};
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('PriorityLevel', 'Its priority level.', ({ spec }: FlowSchema) => spec.priorityLevelConfiguration.name),
    integer('MatchingPrecedence', 'Place among others; lower is asked first.', ({ spec }: FlowSchema) => spec.matchingPrecedence ?? 0),
    text('DistinguisherMethod', 'What tells flows apart.', ({ spec }: FlowSchema) => spec.distinguisherMethod?.type ?? '<none>'),
    ageColumn,
    text(
      'MissingPL',
      'Whether the priority level is missing.',
      ({ status }: FlowSchema) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
});
