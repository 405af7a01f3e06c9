/**
 * Binding: the scheduler's word that a pod goes to a node. Never stored; `pods/NAME/binding` takes the same body.
 */

import { message, struct } from '../dsl/field.ts';
import { nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { ObjectReference } from './reference.ts';

export const Binding = struct('io.k8s.api.core.v1.Binding', 'Puts a pod on a node.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  target: message(2, ObjectReference, 'The node.', { required: true }),
});
export type Binding = ObjectOf<typeof Binding>;

export const bindings = defineResource<Binding>({
  group: '',
  resource: 'bindings',
  kind: 'Binding',
  namespaced: true,
  storage: 'virtual',
  verbs: ['create'],
  versions: soleVersion('v1', Binding),
  generation: false,
  columns: [nameColumn],
});
