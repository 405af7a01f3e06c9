/** The annotations with which a Deployment and its ReplicaSets tell each other revisions and sizes. Names and form are Kubernetes'; kubectl reads them. */
import type { Deployment } from '#schema/apps/deployment.ts';
import type { ReplicaSet } from '#schema/apps/replica-set.ts';
import type { KubeObject } from '#schema/resource.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
const MAX_HISTORY_LENGTH = 2000;

const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

type Annotations = Readonly<Record<string, string>>;

const integer = (text: string | undefined): number | undefined => (text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined);

/** 0 when there is none. */
export const revisionOf = (object: KubeObject): number => integer(object.metadata.annotations?.[REVISION]) ?? 0;

export const desiredReplicasOf = (set: ReplicaSet): number | undefined => integer(set.metadata.annotations?.[DESIRED_REPLICAS]);

export const maxReplicasOf = (set: ReplicaSet): number | undefined => integer(set.metadata.annotations?.[MAX_REPLICAS]);

/** What a ReplicaSet of this size regime carries. */
export const withSizes = (annotations: Annotations, desired: number, max: number): Annotations => ({
  ...annotations,
  [DESIRED_REPLICAS]: String(desired),
  [MAX_REPLICAS]: String(max),
});

/** The annotations of the current ReplicaSet: the Deployment's own, and the revision when it rises (the one it leaves goes to the history). */
export const currentAnnotations = (deployment: Deployment, annotations: Annotations, revision: number): Annotations => {
  const next: Record<string, string> = { ...annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!notCopied.has(key)) next[key] = value;
  const old = annotations[REVISION];
  if ((integer(old) ?? 0) >= revision) return next;
  next[REVISION] = String(revision);
  if (old === undefined) return next;
  const history = next[REVISION_HISTORY] ? next[REVISION_HISTORY].split(',') : [];
  history.push(old);
  while (history.join(',').length > MAX_HISTORY_LENGTH) history.shift();
  next[REVISION_HISTORY] = history.join(',');
  return next;
};
