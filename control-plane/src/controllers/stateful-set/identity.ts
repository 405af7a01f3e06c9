/** What makes a pod of a StatefulSet one of a kind: its ordinal, its name, its host name and its claims. */
import type { StatefulSet } from '#schema/apps/stateful-set.ts';
import type { PersistentVolumeClaim } from '#schema/core/persistent-volume-claim.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { controllerReference } from '../ownership.ts';
import { REVISION_LABEL } from '../revision-history/revision-history.ts';

export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
export const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

export const startOf = (set: StatefulSet): number => set.spec.ordinals?.start ?? 0;
export const replicasOf = (set: StatefulSet): number => set.spec.replicas ?? 1;

/** -1 for a pod that is none of this set. */
export const ordinalOf = (set: StatefulSet, pod: Pod): number => {
  const { name = '' } = pod.metadata;
  const prefix = `${set.metadata.name}-`;
  const rest = name.slice(prefix.length);
  return name.startsWith(prefix) && /^(0|[1-9]\d{0,9})$/.test(rest) ? Number(rest) : -1;
};

export const isInRange = (set: StatefulSet, ordinal: number): boolean =>
  ordinal >= startOf(set) && ordinal < startOf(set) + replicasOf(set);

export const revisionNameOf = (pod: Pod): string => pod.metadata.labels?.[REVISION_LABEL] ?? '';

const claimName = (set: StatefulSet, template: string, ordinal: number): string => `${template}-${set.metadata.name}-${ordinal}`;

/** The claims of one ordinal, by the name of their volume. */
export const claimsOf = (set: StatefulSet, ordinal: number): ReadonlyMap<string, PersistentVolumeClaim> =>
  new Map(
    (set.spec.volumeClaimTemplates ?? []).map((template): [string, PersistentVolumeClaim] => {
      const { status: _, ...claim } = template;
      const volume = template.metadata?.name ?? '';
      const labels = { ...template.metadata?.labels, ...set.spec.selector.matchLabels };
      const metadata = { ...template.metadata, name: claimName(set, volume, ordinal), namespace: set.metadata.namespace!, labels };
      return [volume, { ...claim, apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata } as PersistentVolumeClaim];
    }),
  );

const volumesOf = (set: StatefulSet, template: PodTemplateSpec, ordinal: number) => {
  const claims = claimsOf(set, ordinal);
  const own = [...claims].map(([name, claim]) => ({
    name,
    persistentVolumeClaim: { claimName: claim.metadata.name! },
  }));
  return [...own, ...(template.spec?.volumes ?? []).filter(({ name }) => !claims.has(name))];
};

export const podOf = (set: StatefulSet, template: PodTemplateSpec, revision: string, ordinal: number): Pod => {
  const name = `${set.metadata.name}-${ordinal}`;
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const volumes = volumesOf(set, template, ordinal);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace!,
      labels: { ...labels, [POD_INDEX_LABEL]: String(ordinal), [REVISION_LABEL]: revision, [POD_NAME_LABEL]: name },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...(template.spec ?? { containers: [] }),
      ...(volumes.length > 0 ? { volumes } : {}),
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
    },
  };
};

/** The pod with the labels of its identity; the same pod when it has them. */
export const withIdentity = (set: StatefulSet, pod: Pod): Pod => {
  const name = pod.metadata.name!;
  const wanted = { [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinalOf(set, pod)) };
  if (Object.entries(wanted).every(([key, value]) => pod.metadata.labels?.[key] === value)) return pod;
  return { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...wanted } } };
};
