/**
 * metav1.TypeMeta: the two fields every served object starts with. Spread into the struct of a root object. Their number is 0, which no
 * protobuf message can carry: on that wire they stand in the envelope (../proto/envelope.ts).
 */
import { str } from '../dsl/field.ts';

export const typeMeta = {
  apiVersion: str(0, 'Group and version of this form of the object.'),
  kind: str(0, 'Kind of the object.'),
} as const;
