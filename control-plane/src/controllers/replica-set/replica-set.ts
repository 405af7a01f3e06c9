/** ReplicaSet: as many pods of its template as asked. The work is in ../replicas. */
import { type ReplicaSet, replicaSets } from '#schema/apps/replica-set.ts';
import { storageKey } from '#schema/resource.ts';
import { labelSelectorOf } from '#schema/selectors/label.ts';
import type { Controller } from '../../controller-runtime/controller.ts';
import { controllerOf } from '../ownership.ts';
import { podsControlledBy, replicaController } from '../replicas/replicas.ts';

export const replicaSet: Controller = replicaController<ReplicaSet>({
  controllerName: 'replicaset-controller',
  definition: replicaSets,
  selection: (object) => labelSelectorOf(object.spec.selector),
  template: (object) => object.spec.template ?? {},
  countsTerminating: true,
  // revisions of one Deployment share nodes: what counts is how many of the Deployment's pods stand together
  related: (object, snapshot) => {
    const owner = controllerOf(object);
    return owner ? podsControlledBy(snapshot, snapshot.ownedBy(storageKey(replicaSets), owner.uid)) : [];
  },
});
