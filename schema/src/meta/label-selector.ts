/**
 * metav1.LabelSelector: which objects, by their labels. Parsing and matching live in ../selectors.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
import { type Infer, list, map, str, struct } from '../dsl/field.ts';

export const LabelSelectorRequirement = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement',
  'One condition on labels.',
  {
    key: str(1, 'Label key.', { required: true, default: '' }),
    operator: str(2, 'In, NotIn, Exists or DoesNotExist.', { required: true, default: '' }),
    values: list(3, 'string', 'Values, for In and NotIn.'),
  },
);
export type LabelSelectorRequirement = Infer<typeof LabelSelectorRequirement>;

export const FieldSelectorRequirement = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement',
  'One condition on fields.',
  {
    key: str(1, 'Field path.', { required: true, default: '' }),
    operator: str(2, 'In, NotIn, Exists or DoesNotExist.', { required: true, default: '' }),
    values: list(3, 'string', 'Values, for In and NotIn.'),
  },
);
export type FieldSelectorRequirement = Infer<typeof FieldSelectorRequirement>;

export const LabelSelector = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  'Which objects, by their labels; all conditions must hold. Empty matches all, absent none.',
  {
    matchLabels: map(1, 'string', 'Labels with these values.'),
    matchExpressions: list(2, LabelSelectorRequirement, 'Further conditions.'),
  },
  { atomic: true },
);
export type LabelSelector = Infer<typeof LabelSelector>;
