/**
 * metav1.Condition: one observed aspect of an object. Kinds older than it carry condition types of their own, of the same shape.
 * @see ./conditions.ts for changing a list of them.
 */
import { type Infer, int64, str, struct, time } from '../dsl/field.ts';

export const Condition = struct('io.k8s.apimachinery.pkg.apis.meta.v1.Condition', '@meta.Condition', {
  type: str(1, '@meta.Condition.type', { required: true }),
  status: str(2, '@meta.Condition.status', { required: true }),
  observedGeneration: int64(3, '@meta.Condition.observedGeneration'),
  lastTransitionTime: time(4, '@meta.Condition.lastTransitionTime', { required: true }),
  reason: str(5, '@meta.Condition.reason', { required: true, default: '' }),
  message: str(6, '@meta.Condition.message', { required: true, default: '' }),
});
export type Condition = Infer<typeof Condition>;
