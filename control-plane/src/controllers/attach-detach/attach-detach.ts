/**
 * Attach and detach: a VolumeAttachment for each volume of a storage driver that a pod on a node uses, gone when none does and the node no longer
 * has it mounted; and what is attached in the node's status. Drivers act on attachments (external-attacher); this only writes the wish and what they
 * say. Volumes that need no attaching (the built-in directories, drivers that say so) have none.
 * @see https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/
 */
import { type Node, nodes } from '#schema/core/node.ts';
import type { PersistentVolume } from '#schema/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '#schema/core/persistent-volume-claim.ts';
import type { Pod } from '#schema/core/pod.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { CSIDriver } from '#schema/storage/csi-driver.ts';
import { type VolumeAttachment, volumeAttachments } from '#schema/storage/volume-attachment.ts';
import type { Change, Controller, ObjectRef, Outcome, ReconcileContext } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { isFinished } from '../pod-state.ts';
import { LOCAL_DIRECTORY } from '../volume-binder/provision.ts';
import { attachmentName } from './attachment-name.ts';

const ATTACHMENTS = 'storage.k8s.io/volumeattachments';
const VOLUMES = 'core/persistentvolumes';
const NODES = 'core/nodes';
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
/** A node that is not ready for this long has to let go of what no pod of it uses. */
const FORCE_MS = 6 * 60_000;

/** Volumes of drivers that the pod uses, through claims that are bound. */
export const driverVolumesOf = (pod: Pod, snapshot: Snapshot): PersistentVolume[] =>
  (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claimName = persistentVolumeClaim?.claimName ?? (ephemeral ? `${pod.metadata.name}-${name}` : undefined);
    const claim =
      claimName === undefined
        ? undefined
        : snapshot.get<PersistentVolumeClaim>('core/persistentvolumeclaims', pod.metadata.namespace ?? '', claimName);
    const volume = claim?.spec?.volumeName ? snapshot.get<PersistentVolume>(VOLUMES, '', claim.spec.volumeName) : undefined;
    return volume && isAttachable(volume, snapshot) ? [volume] : [];
  });

const isAttachable = ({ spec }: PersistentVolume, snapshot: Snapshot): boolean => {
  const driver = spec?.csi?.driver;
  if (!driver || driver === LOCAL_DIRECTORY) return false;
  return snapshot.get<CSIDriver>('storage.k8s.io/csidrivers', '', driver)?.spec.attachRequired !== false;
};

const nameFor = ({ spec }: PersistentVolume, node: string): string => attachmentName(spec!.csi!.volumeHandle, spec!.csi!.driver, node);

/** As nodes call it in their status. */
const uniqueName = ({ spec }: PersistentVolume): string => `kubernetes.io/csi/${spec!.csi!.driver}^${spec!.csi!.volumeHandle}`;

interface ByPlace {
  readonly node: ReadonlyMap<string, readonly VolumeAttachment[]>;
  readonly volume: ReadonlyMap<string, readonly VolumeAttachment[]>;
}

const indexes = new WeakMap<readonly KubeObject[], ByPlace>();

/** Attachments by node and by volume; once for each state of them all. */
const attachmentsOf = (snapshot: Snapshot): ByPlace => {
  const all = snapshot.all<VolumeAttachment>(ATTACHMENTS);
  let index = indexes.get(all);
  if (!index) {
    index = {
      node: Map.groupBy(all, ({ spec }) => spec.nodeName),
      volume: Map.groupBy(all, ({ spec }) => spec.source.persistentVolumeName ?? ''),
    };
    indexes.set(all, index);
  }
  return index;
};

const newAttachment = (volume: PersistentVolume, node: string): VolumeAttachment => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttachment',
  metadata: { name: nameFor(volume, node) },
  spec: { attacher: volume.spec!.csi!.driver, source: { persistentVolumeName: volume.metadata.name! }, nodeName: node },
});

const isShared = ({ spec }: PersistentVolume): boolean =>
  (spec?.accessModes ?? []).some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');

/** Unix ms from which on the node's word about what it has mounted no longer counts; Infinity while it is well. */
const forcedAtMs = (node: Node): number => {
  if (node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE)) return 0;
  const ready = getCondition(node.status?.conditions, 'Ready');
  if (!ready || ready.status === 'True') return Number.POSITIVE_INFINITY;
  return (parseTime(ready.lastTransitionTime ?? '') || 0) + FORCE_MS;
};

interface Use {
  readonly volume: PersistentVolume;
  readonly pods: Pod[];
}

const usesOn = (node: string, snapshot: Snapshot): ReadonlyMap<string, Use> => {
  const uses = new Map<string, Use>();
  for (const pod of snapshot.onNode<Pod>(node)) {
    if (isFinished(pod)) continue;
    for (const volume of driverVolumesOf(pod, snapshot)) {
      const use = uses.get(volume.metadata.name!);
      if (use) use.pods.push(pod);
      else uses.set(volume.metadata.name!, { volume, pods: [pod] });
    }
  }
  return uses;
};

const reconcile = (ref: ObjectRef, { snapshot, nowMs }: ReconcileContext): Outcome => {
  const node = snapshot.get<Node>(NODES, '', ref.name);
  const present = attachmentsOf(snapshot).node.get(ref.name) ?? [];
  const uses = node ? usesOn(ref.name, snapshot) : new Map<string, Use>();
  const changes: Change[] = [];
  const events: ConditionalNote[] = [];
  for (const { volume, pods } of uses.values()) {
    const holders = attachmentsOf(snapshot).volume.get(volume.metadata.name!) ?? [];
    if (holders.some(({ spec }) => spec.nodeName === ref.name)) continue;
    if (holders.length > 0 && !isShared(volume)) {
      const message = `Multi-Attach error for volume "${volume.metadata.name}" Volume is already exclusively attached to one node and can't be attached to another`;
      for (const about of pods) events.push({ about, type: 'Warning', reason: 'FailedAttachVolume', message, always: true });
      continue;
    }
    changes.push({ op: 'create', definition: volumeAttachments, object: newAttachment(volume, ref.name) });
  }
  const mounted = new Set(node?.status?.volumesInUse ?? []);
  const forcedAt = node ? forcedAtMs(node) : 0;
  let requeueAtMs = Number.POSITIVE_INFINITY;
  const attached: { name: string; devicePath: string }[] = [];
  for (const attachment of present) {
    const name = attachment.spec.source.persistentVolumeName ?? '';
    const volume = snapshot.get<PersistentVolume>(VOLUMES, '', name);
    // attachments that somebody else made are theirs to remove
    const ours = !volume?.spec?.csi || attachment.metadata.name === nameFor(volume, ref.name);
    const deleting = attachment.metadata.deletionTimestamp !== undefined;
    if (volume?.spec?.csi && attachment.status?.attached && !deleting) attached.push({ name: uniqueName(volume), devicePath: '' });
    if (!ours || deleting || uses.has(name)) continue;
    if (volume?.spec?.csi && mounted.has(uniqueName(volume)) && forcedAt > nowMs) {
      requeueAtMs = Math.min(requeueAtMs, forcedAt);
      continue;
    }
    const request = { preconditions: { uid: attachment.metadata.uid! } };
    changes.push({ op: 'delete', definition: volumeAttachments, object: attachment, request });
  }
  attached.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (node && !equalJson(attached, node.status?.volumesAttached ?? [])) {
    const { volumesAttached: _, ...status } = node.status ?? {};
    const object: Node = { ...node, status: attached.length > 0 ? { ...status, volumesAttached: attached } : status };
    changes.push({ op: 'update', subresource: 'status', definition: nodes, object });
  }
  return { changes, events, ...(Number.isFinite(requeueAtMs) ? { requeueAtMs } : {}) };
};

const nodeRef = (name: string | undefined): ObjectRef[] => (name ? [{ namespace: '', name }] : []);

/** Nodes whose word on an exclusive volume others wait for, and those that wait. */
const nodesOfVolume = (volume: string, snapshot: Snapshot): ObjectRef[] => {
  const claim = snapshot.get<PersistentVolume>(VOLUMES, '', volume)?.spec?.claimRef;
  const pods = claim?.namespace ? snapshot.inNamespace<Pod>('core/pods', claim.namespace) : [];
  return pods.flatMap((pod) =>
    pod.spec.nodeName && driverVolumesOf(pod, snapshot).some(({ metadata }) => metadata.name === volume) ? nodeRef(pod.spec.nodeName) : [],
  );
};

export const attachDetach: Controller = {
  name: 'attachdetach-controller',
  primary: '',
  watches: [
    {
      resource: 'core/pods',
      keys: (object, previous, snapshot) => {
        const pod = object as Pod;
        const gone = !snapshot.get('core/pods', pod.metadata.namespace ?? '', pod.metadata.name ?? '');
        const before = previous as Pod | undefined;
        const moved = gone || before?.spec.nodeName !== pod.spec.nodeName || (before && isFinished(before)) !== isFinished(pod);
        return moved && driverVolumesOf(pod, snapshot).length > 0 ? nodeRef(pod.spec.nodeName) : [];
      },
    },
    {
      resource: 'core/persistentvolumeclaims',
      keys: (claim, previous, snapshot) => {
        const name = (claim as PersistentVolumeClaim).spec?.volumeName;
        if (!name || (previous as PersistentVolumeClaim | undefined)?.spec?.volumeName === name) return [];
        const volume = snapshot.get<PersistentVolume>(VOLUMES, '', name);
        return volume && isAttachable(volume, snapshot) ? nodesOfVolume(name, snapshot) : [];
      },
    },
    {
      resource: ATTACHMENTS,
      keys: (object, _previous, snapshot) => {
        const { nodeName, source } = (object as VolumeAttachment).spec;
        const gone = !snapshot.get(ATTACHMENTS, '', object.metadata.name ?? '');
        return [...nodeRef(nodeName), ...(gone ? nodesOfVolume(source.persistentVolumeName ?? '', snapshot) : [])];
      },
    },
    {
      resource: NODES,
      keys: (object, previous, snapshot) => {
        const name = object.metadata.name ?? '';
        if (!attachmentsOf(snapshot).node.has(name) && !(object as Node).status?.volumesAttached) return [];
        const said = ({ spec, status }: Node) => [
          spec?.taints,
          status?.volumesInUse,
          status?.volumesAttached,
          getCondition(status?.conditions, 'Ready')?.status,
        ];
        const gone = object === previous;
        return gone || !previous || !equalJson(said(object as Node), said(previous as Node)) ? nodeRef(name) : [];
      },
    },
  ],
  reconcile,
};
