/**
 * Which ReplicaSet is the Deployment's current one, and the one to make when there is none. Two ReplicaSets are of one revision when their pod
 * templates are equal but for the hash label; the hash only names them.
 */
import type { Deployment } from '#schema/apps/deployment.ts';
import type { ReplicaSet } from '#schema/apps/replica-set.ts';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { canonicalJson, suffixOf } from '../../controller-runtime/naming.ts';
import { controllerReference } from '../ownership.ts';
import { samePodTemplate } from '../revision-history/same-template.ts';
import { currentAnnotations, revisionOf, withSizes } from './annotations.ts';
import { byCreation } from './drafts.ts';
import { maxSurge, replicasOf } from './sizes.ts';

export const HASH_LABEL = 'pod-template-hash';

const withoutHash = (template: PodTemplateSpec | undefined): PodTemplateSpec => {
  const { [HASH_LABEL]: _, ...labels } = template?.metadata?.labels ?? {};
  const { labels: _labels, creationTimestamp: _time, ...metadata } = template?.metadata ?? {};
  return { ...template, metadata: Object.keys(labels).length > 0 ? { ...metadata, labels } : metadata };
};

export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  samePodTemplate(withoutHash(a), withoutHash(b));

/** Ten letters from the template and how often its name collided. Stable for ever: it names objects. */
export const templateHash = (deployment: Deployment): string =>
  suffixOf(`${canonicalJson(withoutHash(deployment.spec.template))}/${deployment.status?.collisionCount ?? 0}`, 10);

export interface Revisions {
  readonly current: ReplicaSet | undefined;
  /** Every other one, oldest first. */
  readonly old: readonly ReplicaSet[];
}

export const revisionsOf = (deployment: Deployment, sets: readonly ReplicaSet[]): Revisions => {
  const sorted = [...sets].sort(byCreation);
  const current = sorted.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { current, old: sorted.filter((set) => set !== current) };
};

/** The number the current revision has, or gets. */
export const nextRevision = (old: readonly ReplicaSet[]): number => Math.max(0, ...old.map(revisionOf)) + 1;

export const newReplicaSet = (deployment: Deployment, replicas: number, revision: number): ReplicaSet => {
  const hash = templateHash(deployment);
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const desired = replicasOf(deployment);
  const annotations = withSizes(currentAnnotations(deployment, {}, revision), desired, desired + maxSurge(deployment));
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace!,
      labels,
      annotations: { ...annotations },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
};
