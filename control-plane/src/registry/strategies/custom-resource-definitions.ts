/** CustomResourceDefinitions: one that is deleted stays until every object of its kind is gone. */
import type { Strategy } from '../strategy.ts';

export const customResourceCleanup = 'customresourcecleanup.apiextensions.k8s.io';

export const customResourceDefinitions: Strategy = {
  resource: 'apiextensions.k8s.io/customresourcedefinitions',
  heldBack: ({ metadata }) => metadata.deletionTimestamp === undefined,
  markDeleting: (crd) => {
    const { finalizers = [], deletionTimestamp } = crd.metadata;
    if (!finalizers.includes(customResourceCleanup)) crd.metadata.finalizers = [...finalizers, customResourceCleanup];
    const terminating = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
      lastTransitionTime: deletionTimestamp,
    };
    const others = (crd.status?.conditions ?? []).filter(({ type }: { type: string }) => type !== 'Terminating');
    crd.status = { ...crd.status, conditions: [...others, terminating] };
  },
};
