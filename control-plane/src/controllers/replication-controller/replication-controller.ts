/** ReplicationController: the older form of ReplicaSet with a plain map as selector. The work is in ../replicas. */
import { type ReplicationController, replicationControllers } from '#schema/core/replication-controller.ts';
import { selectionOfMap, nothing as selectsNothing } from '#schema/selectors/label.ts';
import type { Controller } from '../../controller-runtime/controller.ts';
import { replicaController } from '../replicas/replicas.ts';

export const replicationController: Controller = replicaController<ReplicationController>({
  controllerName: 'replication-controller',
  definition: replicationControllers,
  selection: ({ spec }) => (Object.keys(spec.selector ?? {}).length > 0 ? selectionOfMap(spec.selector) : selectsNothing),
  template: (object) => object.spec.template ?? {},
  countsTerminating: false,
  related: () => [],
});
