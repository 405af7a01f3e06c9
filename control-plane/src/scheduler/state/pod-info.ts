/** A pod as the scheduler knows it: its class, and what of the pod itself matters beside. Made anew only when something that matters changed. */
import type { Pod } from '#schema/core/pod.ts';
import { parseTime } from '#schema/meta/time.ts';
import { claimsOf, type PodClass, type PodClasses } from './pod-class.ts';
import type { Countable } from './pod-counters.ts';

export interface PodInfo extends Countable {
  readonly pod: Pod;
  readonly uid: string;
  readonly name: string;
  readonly class: PodClass;
  /** Names of its claims, those of ephemeral volumes included. */
  readonly claims: readonly string[];
  /** Unix ms since when it runs; Infinity when it does not yet. */
  readonly startedMs: number;
}

const sameLabels = (a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}): boolean => {
  if (a === b) return true;
  let count = 0;
  for (const key in a) {
    if (a[key] !== b[key]) return false;
    count++;
  }
  return Object.keys(b).length === count;
};

const holdsMore = ({ status }: Pod): boolean => status?.containerStatuses?.some((s) => s.allocatedResources || s.resources) ?? false;

/** The spec moved with the generation; labels, owners and what nodes set aside do not. */
const sameClass = (a: Pod, b: Pod): boolean =>
  a.metadata.generation !== undefined &&
  a.metadata.generation === b.metadata.generation &&
  a.metadata.uid === b.metadata.uid &&
  (a.metadata.ownerReferences?.length ?? 0) === (b.metadata.ownerReferences?.length ?? 0) &&
  sameLabels(a.metadata.labels, b.metadata.labels) &&
  !holdsMore(a) &&
  !holdsMore(b);

/** A pod that is to be placed though it names a node: the name is a wish. */
export const pinnedPodInfoOf = (pod: Pod, classes: PodClasses): PodInfo => ({ ...podInfoOf(pod, classes), class: classes.of(pod, true) });

export const podInfoOf = (pod: Pod, classes: PodClasses, known?: PodInfo): PodInfo => {
  const { uid = '', name = '', namespace = '', labels = {}, deletionTimestamp } = pod.metadata;
  const terminating = deletionTimestamp !== undefined;
  const startedMs = pod.status?.startTime ? parseTime(pod.status.startTime) : Number.POSITIVE_INFINITY;
  if (known && sameClass(known.pod, pod)) {
    return { pod, uid, name, namespace, labels: known.labels, terminating, class: known.class, claims: known.claims, startedMs };
  }
  return { pod, uid, name, namespace, labels, terminating, class: classes.of(pod), claims: claimsOf(pod), startedMs };
};
