/** TaintNodesByCondition: a node that registers is not ready, and says so until the node controller has seen it. */
import { storageKey } from '#schema/resource.ts';
import type { AdmissionStep } from './admission.ts';

const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

export const taintNodesByCondition: AdmissionStep = {
  name: 'TaintNodesByCondition',
  mutate: ({ operation, definition, subresource, object }) => {
    if (operation !== 'create' || subresource || storageKey(definition) !== 'core/nodes') return;
    const taints: { key: string; effect: string }[] = object.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === taint.key && effect === taint.effect)) return;
    object.spec = { ...object.spec, taints: [...taints, taint] };
  },
};
