/**
 * metav1.Condition: one observed aspect of an object. Kinds older than it carry condition types of their own, of the same shape.
 * @see ./conditions.ts for changing a list of them.
 */
import { type Infer, int64, str, struct, time } from '../dsl/field.ts';

export const Condition = struct('io.k8s.apimachinery.pkg.apis.meta.v1.Condition', 'One observed aspect of an object.', {
  type: str(1, 'What was observed, in CamelCase.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  observedGeneration: int64(3, 'Generation of the object that was seen.'),
  lastTransitionTime: time(4, 'When the status last changed.', { required: true }),
  reason: str(5, 'One word for programs, in CamelCase.', { required: true, default: '' }),
  message: str(6, 'Text for people.', { required: true, default: '' }),
});
export type Condition = Infer<typeof Condition>;
