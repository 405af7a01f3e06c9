/**
 * ComponentStatus: the health of the parts of the control plane. Read only, and kept for old clients.
 */
import { type Infer, listMap, message, str, struct } from '../dsl/field.ts';
import { nameColumn, text } from '../meta/columns.ts';
import { getCondition } from '../meta/conditions.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';

export const ComponentCondition = struct('io.k8s.api.core.v1.ComponentCondition', 'One observed aspect of a component.', {
  type: str(1, 'Healthy.', { required: true, default: '' }),
  status: str(2, 'True, False or Unknown.', { required: true, default: '' }),
  message: str(3, 'Text for people.'),
  error: str(4, 'What went wrong.'),
});
export type ComponentCondition = Infer<typeof ComponentCondition>;

export const ComponentStatus = struct('io.k8s.api.core.v1.ComponentStatus', 'The health of a part of the control plane.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  conditions: listMap(2, ComponentCondition, ['type'], 'Latest observations, one for each type.'),
});
export type ComponentStatus = ObjectOf<typeof ComponentStatus>;

const health = (component: ComponentStatus): ComponentCondition | undefined => getCondition(component.conditions, 'Healthy');
const statusOf = (component: ComponentStatus): string => {
  const condition = health(component);
  return condition ? (condition.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown';
};

export const componentStatuses = defineResource<ComponentStatus>({
  group: '',
  resource: 'componentstatuses',
  kind: 'ComponentStatus',
  namespaced: false,
  shortNames: ['cs'],
  storage: 'virtual',
  verbs: ['get', 'list'],
  versions: soleVersion('v1', ComponentStatus, { deprecation: 'v1 ComponentStatus is deprecated in v1.19+' }),
  generation: false,
  columns: [
    nameColumn,
    text('Status', 'Healthy or not.', statusOf),
    text('Message', 'What it says.', (component: ComponentStatus) => health(component)?.message ?? ''),
    text('Error', 'What went wrong.', (component: ComponentStatus) => health(component)?.error ?? ''),
  ],
});
