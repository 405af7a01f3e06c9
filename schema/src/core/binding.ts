/**
 * Binding: the scheduler's word that a pod goes to a node. Never stored.
 */

import { message, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { ObjectReference } from './reference.ts';

export const Binding = struct('io.k8s.api.core.v1.Binding', '@core.Binding', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Binding.metadata'),
  target: message(2, ObjectReference, '@core.Binding.target', { required: true }),
});
export type Binding = ObjectOf<typeof Binding>;
