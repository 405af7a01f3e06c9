/** Priority: fills a pod's priority from its class. The two system classes are known; PriorityClass objects are not served yet. */
import { storageKey } from '#schema/resource.ts';
import { forbidden } from '../apiserver/errors.ts';
import type { AdmissionStep } from './admission.ts';

const systemClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

export const priority: AdmissionStep = {
  name: 'Priority',
  mutate: ({ operation, definition, subresource, object, name }) => {
    if (operation !== 'create' || subresource || storageKey(definition) !== 'core/pods' || !object.spec) return;
    const { priorityClassName } = object.spec;
    const value = priorityClassName ? systemClasses[priorityClassName] : 0;
    if (value === undefined) throw forbidden(definition, name, `no PriorityClass with name ${priorityClassName} was found`);
    if (object.spec.priority !== undefined && object.spec.priority !== value) {
      throw forbidden(
        definition,
        name,
        `the integer value of priority (${object.spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    }
    object.spec.priority = value;
    object.spec.preemptionPolicy ??= 'PreemptLowerPriority';
  },
};
