/** DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or not reachable, unless it says otherwise. */
import { storageKey } from '#schema/resource.ts';
import type { AdmissionStep } from './admission.ts';

const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const seconds = 300;

const covers = (toleration: any, key: string): boolean =>
  (!toleration.key || toleration.key === key) && (!toleration.effect || toleration.effect === 'NoExecute');

export const defaultTolerationSeconds: AdmissionStep = {
  name: 'DefaultTolerationSeconds',
  mutate: ({ operation, definition, subresource, object }) => {
    if (operation !== 'create' || subresource || storageKey(definition) !== 'core/pods' || !object.spec) return;
    const tolerations: any[] = object.spec.tolerations ?? [];
    const missing = taints.filter((key) => !tolerations.some((t) => covers(t, key)));
    if (missing.length === 0) return;
    object.spec.tolerations = [
      ...tolerations,
      ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds })),
    ];
  },
};
