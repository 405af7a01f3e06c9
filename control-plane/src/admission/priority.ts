/**
 * Priority: fills a pod's priority and preemption policy from its PriorityClass, or from the class that is the default. Only one class may be that.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
import { getOwn } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import { storageKey } from '#schema/resource.ts';
import { forbidden } from '../apiserver/errors.ts';
import type { AdmissionRequest, AdmissionStep, ListKey } from './admission.ts';
import { isCreateOf } from './requests.ts';

const classes: ListKey = { resource: 'scheduling.k8s.io/priorityclasses', namespace: '' };

/** They exist before anybody made them. */
const systemClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

interface Chosen {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

const chosen = (name: string | undefined, list: readonly KubeObject[]): Chosen | undefined => {
  const of = (found: KubeObject): Chosen => ({
    name: found.metadata.name!,
    value: found.value,
    preemptionPolicy: found.preemptionPolicy ?? 'PreemptLowerPriority',
  });
  if (name) {
    const found = list.find(({ metadata }) => metadata.name === name);
    if (found) return of(found);
    const value = getOwn(systemClasses, name);
    return value === undefined ? undefined : { name, value, preemptionPolicy: 'PreemptLowerPriority' };
  }
  const defaults = list.filter(({ globalDefault }) => globalDefault).sort((a, b) => a.value - b.value);
  return defaults[0] ? of(defaults[0]) : { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' };
};

const checkDefault = ({ definition, object, name }: AdmissionRequest, list: readonly KubeObject[]): void => {
  if (!object.globalDefault) return;
  const other = list.find(({ metadata, globalDefault }) => globalDefault && metadata.name !== name);
  if (other) {
    throw forbidden(definition, name, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
  }
};

const isClass = ({ operation, definition }: AdmissionRequest): boolean =>
  operation !== 'delete' && storageKey(definition) === classes.resource;

export const priority: AdmissionStep = {
  name: 'Priority',
  lists: (request) => (isCreateOf(request, 'core/pods') || isClass(request) ? [classes] : []),
  mutate: (request, { list }) => {
    if (!isCreateOf(request, 'core/pods')) return;
    const { definition, name, object } = request;
    const { spec } = object;
    const found = chosen(spec.priorityClassName, list(classes));
    if (!found) throw forbidden(definition, name, `no PriorityClass with name ${spec.priorityClassName} was found`);
    if (spec.priority !== undefined && spec.priority !== found.value) {
      throw forbidden(
        definition,
        name,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${found.value} from the given PriorityClass name`,
      );
    }
    if (spec.preemptionPolicy && spec.preemptionPolicy !== found.preemptionPolicy) {
      throw forbidden(
        definition,
        name,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${found.preemptionPolicy} from the given PriorityClass name`,
      );
    }
    if (found.name) spec.priorityClassName = found.name;
    spec.priority = found.value;
    spec.preemptionPolicy = found.preemptionPolicy;
  },
  validate: (request, { list }) => {
    if (isClass(request)) checkDefault(request, list(classes));
  },
};
