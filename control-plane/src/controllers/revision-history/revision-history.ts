/**
 * ControllerRevisions of a StatefulSet or DaemonSet: every template it has had, numbered. The revision of the present template exists before any
 * pod of it does; one that returns gets the highest number again. Revisions nobody uses are cut to revisionHistoryLimit.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#revision-history
 */
import { type ControllerRevision, controllerRevisions } from '#schema/apps/controller-revision.ts';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { parseTime } from '#schema/meta/time.ts';
import type { KubeObject } from '#schema/resource.ts';
import { labelSelectorOf } from '#schema/selectors/label.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import { canonicalJson, suffixOf } from '../../controller-runtime/naming.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { claim, controllerReference } from '../ownership.ts';
import { samePodTemplate } from './same-template.ts';

/** Label of a pod: which revision it is of. */
export const REVISION_LABEL = 'controller-revision-hash';

const DEFAULT_LIMIT = 10;

export interface History {
  /** The committed revision of the present template; undefined while `changes` makes it. */
  readonly update: ControllerRevision | undefined;
  /** All of the owner's, oldest first. */
  readonly revisions: readonly ControllerRevision[];
  /** To commit before anything else is decided. */
  readonly changes: readonly Change[];
  /** Set when the name of the new revision is another's: the status must count it, then it is hashed anew. */
  readonly collisionCount?: number;
}

/** The template as a strategic merge patch of the owner, which is how clients read and roll back to it. */
const dataOf = (template: PodTemplateSpec): Record<string, unknown> => ({ spec: { template: { ...template, $patch: 'replace' } } });

/** The template a revision holds. */
export const templateOf = (revision: ControllerRevision): PodTemplateSpec => {
  const { $patch: _, ...template } = (revision.data as any)?.spec?.template ?? {};
  return template;
};

const createdMs = (revision: ControllerRevision): number => parseTime(revision.metadata.creationTimestamp ?? '') || 0;

const byNumber = (a: ControllerRevision, b: ControllerRevision): number =>
  a.revision - b.revision || createdMs(a) - createdMs(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);

export interface HistoryOptions {
  readonly snapshot: Snapshot;
  readonly owner: KubeObject;
  /** Label of a revision that holds its hash. */
  readonly hashLabel: string;
}

/** Claims the owner's revisions and finds or makes the one of its present template. */
export const historyOf = ({ snapshot, owner, hashLabel }: HistoryOptions): History => {
  const claimed = claim<ControllerRevision>(snapshot, controllerRevisions, owner, labelSelectorOf(owner.spec.selector));
  const revisions = [...claimed.owned].sort(byNumber);
  if (claimed.changes.length > 0) return { update: undefined, revisions, changes: claimed.changes };
  const template: PodTemplateSpec = owner.spec.template;
  const data = dataOf(template);
  const last = revisions.at(-1);
  const equal = revisions.findLast((revision) => samePodTemplate(templateOf(revision), template));
  if (equal && equal === last) return { update: equal, revisions, changes: [] };
  const revision = (last?.revision ?? 0) + 1;
  if (equal)
    return { update: undefined, revisions, changes: [{ op: 'update', definition: controllerRevisions, object: { ...equal, revision } }] };
  if (owner.metadata.deletionTimestamp) return { update: last, revisions, changes: [] };
  const collisions: number = owner.status?.collisionCount ?? 0;
  const hash = suffixOf(`${canonicalJson(template)}/${collisions}`, 10);
  const { name: ownerName = '', namespace = '' } = owner.metadata;
  const name = `${ownerName.slice(0, 223)}-${hash}`;
  if (snapshot.get('apps/controllerrevisions', namespace, name)) {
    return { update: undefined, revisions, changes: [], collisionCount: collisions + 1 };
  }
  const object: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(owner.metadata.annotations ? { annotations: owner.metadata.annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision,
  };
  return {
    update: undefined,
    revisions,
    changes: [{ op: 'create', definition: controllerRevisions, object, ownerUid: owner.metadata.uid! }],
  };
};

/** Deletes of the oldest revisions beyond the owner's limit that are not `live`. */
export const historyCleanup = (
  owner: KubeObject,
  revisions: readonly ControllerRevision[],
  isLive: (revision: ControllerRevision) => boolean,
): Change[] => {
  const idle = revisions.filter((revision) => !isLive(revision) && !revision.metadata.deletionTimestamp);
  const surplus = idle.length - (owner.spec.revisionHistoryLimit ?? DEFAULT_LIMIT);
  return idle.slice(0, Math.max(0, surplus)).map((object) => ({
    op: 'delete',
    definition: controllerRevisions,
    object,
    request: { preconditions: { uid: object.metadata.uid! } },
  }));
};
