/**
 * Turns changes of objects into changes of the state, and says what became of pods and what happened that may help those that wait. Nodes are
 * taken in before pods, whatever order they arrive in.
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import { equalJson } from '#schema/dsl/own.ts';
import type { ObjectChange } from '../../controller-runtime/change-feed.ts';

import { isFinished } from '../../controllers/pod-state.ts';
import type { ClusterEvent } from '../queue/cluster-event.ts';
import type { ClusterState } from './cluster-state.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';

const PODS = 'core/pods';
const NODES = 'core/nodes';
const NAMESPACES = 'core/namespaces';

/** Kinds that are more than looked up. */
export const followed: readonly string[] = [
  NODES,
  NAMESPACES,
  'core/persistentvolumes',
  'core/persistentvolumeclaims',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csistoragecapacities',
  PODS,
];

export interface PodSink {
  /** A pod without a node that may be scheduled. */
  waits(pod: PodInfo): void;
  /** It is on a node, gone, finished or held back. `bound`: the first. */
  waitsNoMore(uid: string, bound: boolean): void;
  known(uid: string): PodInfo | undefined;
  happened(event: ClusterEvent): void;
}

export const applyChanges = (state: ClusterState, changes: readonly ObjectChange[], sink: PodSink): void => {
  const pods: ObjectChange[] = [];
  for (const change of changes) {
    if (change.resource === PODS) pods.push(change);
    else if (change.resource === NODES) applyNode(state, change, sink);
    else if (change.resource === NAMESPACES) applyNamespace(state, change, sink);
    else applyStorage(state, change, sink);
  }
  for (const change of pods) applyPod(state, change, sink);
};

const matter = (node: Node): unknown => [node.metadata.labels, node.spec, node.status?.allocatable ?? node.status?.capacity];

const applyNode = (state: ClusterState, { object, previous }: ObjectChange, sink: PodSink): void => {
  const node = object as Node | undefined;
  const name = (node ?? previous)!.metadata.name ?? '';
  if (!node || node.metadata.deletionTimestamp) {
    const slot = state.nodes.slotOf(name);
    if (slot === undefined) return;
    const left = state.nodes.infos[slot]!;
    state.removeNode(name);
    sink.happened({ kind: 'nodeGone', node: left });
    for (const pod of state.podsOn(name).values()) sink.happened({ kind: 'gone', pod, node: name });
    return;
  }
  const slot = state.nodes.slotOf(name);
  const before = slot === undefined ? undefined : state.nodes.infos[slot];
  const after = state.nodes.infos[state.putNode(node)]!;
  if (!before || !equalJson(matter(before.node), matter(node))) sink.happened({ kind: 'node', node: after, previous: before });
};

const applyNamespace = (state: ClusterState, { object, previous }: ObjectChange, sink: PodSink): void => {
  if (equalJson(object?.metadata.labels, previous?.metadata.labels)) return;
  state.namespacesChanged();
  sink.happened({ kind: 'namespaces' });
};

const applyStorage = (state: ClusterState, { resource, object }: ObjectChange, sink: PodSink): void => {
  state.version++;
  if (object) sink.happened({ kind: 'storage', resource, object });
};

const applyPod = (state: ClusterState, { object, previous }: ObjectChange, sink: PodSink): void => {
  const pod = object as Pod | undefined;
  if (previous && previous.metadata.uid !== pod?.metadata.uid) leave(state, previous.metadata.uid ?? '', sink);
  if (!pod) return;
  const uid = pod.metadata.uid ?? '';
  if (isFinished(pod)) leave(state, uid, sink);
  else if (pod.spec.nodeName) settle(state, pod, uid, sink);
  else if (pod.metadata.deletionTimestamp || pod.spec.schedulingGates?.length) {
    forgo(state, uid, sink);
    sink.waitsNoMore(uid, false);
  } else await_(state, pod, uid, sink);
};

/** The promise a pod had is void: others may have that room, unless it is `taken` by the pod itself. */
const forgo = (state: ClusterState, uid: string, sink: PodSink, taken?: string): void => {
  const slot = state.nominations.slotOf(uid);
  if (slot === undefined) return;
  const pod = sink.known(uid);
  state.unnominate(uid);
  const node = state.nodes.infos[slot]!.name;
  if (pod && node !== taken) sink.happened({ kind: 'gone', pod, node });
};

const leave = (state: ClusterState, uid: string, sink: PodSink): void => {
  const node = state.nodeOf(uid);
  const pod = state.unplace(uid);
  forgo(state, uid, sink);
  sink.waitsNoMore(uid, false);
  if (pod && node !== undefined) sink.happened({ kind: 'gone', pod, node });
};

const settle = (state: ClusterState, pod: Pod, uid: string, sink: PodSink): void => {
  const node = pod.spec.nodeName!;
  const before = state.placed(uid);
  const info = podInfoOf(pod, state.classes, before ?? sink.known(uid));
  const waited = sink.known(uid) !== undefined;
  state.place(info, node);
  forgo(state, uid, sink, node);
  sink.waitsNoMore(uid, true);
  if (waited || !before || before.class !== info.class) sink.happened({ kind: 'placed', pod: info });
  // it may take less now, or be another pod to those that keep away from it
  if (before && before.class !== info.class) sink.happened({ kind: 'gone', pod: before, node });
};

const await_ = (state: ClusterState, pod: Pod, uid: string, sink: PodSink): void => {
  const info = podInfoOf(pod, state.classes, sink.known(uid));
  const nominated = pod.status?.nominatedNodeName;
  const slot = nominated ? state.nodes.slotOf(nominated) : undefined;
  if (slot !== undefined && state.nominations.slotOf(uid) !== slot) state.nominate(info, slot);
  sink.waits(info);
};
