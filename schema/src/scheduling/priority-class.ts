/**
 * PriorityClass: how important pods are, by name.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
import { bool, int32, message, str, struct } from '../dsl/field.ts';
import { ageColumn, integer, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { forbidden, immutable } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

export const PriorityClass = struct('io.k8s.api.scheduling.v1.PriorityClass', 'How important pods are, by name.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  value: int32(2, 'The priority; higher goes first.', { required: true, default: 0 }),
  globalDefault: bool(3, 'True for the class of pods that name none.'),
  description: str(4, 'When to use it.'),
  preemptionPolicy: str(5, 'Whether its pods may push out others: PreemptLowerPriority (default) or Never.', {
    pointer: true,
    enum: ['Never', 'PreemptLowerPriority'],
  }),
});
export type PriorityClass = ObjectOf<typeof PriorityClass>;

/** Classes of the cluster itself; nobody can have others whose name begins as theirs. */
export const systemPriorityClasses: readonly PriorityClass[] = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description: 'For pods the cluster cannot do without; they may move to another node.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'For pods a node cannot do without; they stay where they are.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
];

/** Most a user's class may be worth. */
export const HIGHEST_USER_PRIORITY = 1_000_000_000;
const RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: ";

/** Why the class is none of the system's; undefined when it is one. */
const unlikeSystem = ({ metadata: { name }, value, globalDefault = false }: PriorityClass): string | undefined => {
  const known = systemPriorityClasses.find((one) => one.metadata.name === name);
  if (!known) return `${name} is not a known system priority class`;
  if (value !== known.value) return `value of ${name} PriorityClass must be ${known.value}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
};

const validate = (priority: PriorityClass, old?: PriorityClass): FieldError[] => {
  const { metadata, value, preemptionPolicy } = priority;
  const errors = validateObjectMeta(metadata, { namespaced: false }, old?.metadata);
  if (old) {
    if (value !== old.value) errors.push(forbidden('value', 'may not be changed in an update.'));
    if (preemptionPolicy !== old.preemptionPolicy) errors.push(immutable('preemptionPolicy', preemptionPolicy));
    return errors;
  }
  if (metadata.name?.startsWith('system-')) {
    const unlike = unlikeSystem(priority);
    if (unlike) errors.push(forbidden('metadata.name', RESERVED + unlike));
  } else if (value > HIGHEST_USER_PRIORITY) {
    errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`));
  }
  return errors;
};

export const priorityClasses = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  resource: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
  shortNames: ['pc'],
  versions: soleVersion('v1', PriorityClass),
  // nothing that can change is a desired state: it stays at 1
  generation: () => true,
  defaults: (priority) => {
    priority.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate,
  columns: [
    nameColumn,
    integer('Value', 'The priority.', (priority: PriorityClass) => priority.value),
    {
      ...text('Global-Default', 'Whether pods that name no class get it.', (priority: PriorityClass) => priority.globalDefault ?? false),
      type: 'boolean',
    },
    ageColumn,
    text('PreemptionPolicy', 'Whether its pods may push out others.', (o: PriorityClass) => o.preemptionPolicy ?? 'PreemptLowerPriority'),
  ],
});
