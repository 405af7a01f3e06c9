/**
 * Eviction: a polite request to delete a pod. Never stored.
 */
import { message, struct } from '../dsl/field.ts';
import { DeleteOptions } from '../meta/delete-options.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const Eviction = struct('io.k8s.api.policy.v1.Eviction', 'Asks for a pod to be deleted if its disruption budgets allow.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  deleteOptions: message(2, DeleteOptions, 'How to delete it.'),
});
export type Eviction = ObjectOf<typeof Eviction>;
