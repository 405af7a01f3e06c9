/**
 * Binds PersistentVolumeClaims to volumes, makes volumes where the class is the built-in one, and says why a claim waits. A binding is written in
 * a fixed order (the volume's claim, the claim's volume, then both phases), so that any interruption is finished by the next round.
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
 */
import type { Node } from '#schema/core/node.ts';
import { type PersistentVolume, persistentVolumes } from '#schema/core/persistent-volume.ts';
import { type PersistentVolumeClaim, persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { storageKey } from '#schema/resource.ts';
import { type StorageClass, storageClasses } from '#schema/storage/storage-class.ts';
import { type Change, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import type { ConditionalNote, SeededController } from '../../controller-runtime/engine.ts';

import { bestVolume, gives, isKeptFor, isReachable } from './match.ts';
import { claimReference, DEFAULT_CLASS, defaultClass, directoryFor, LOCAL_DIRECTORY, SELECTED_NODE } from './provision.ts';

const CLAIMS = storageKey(persistentVolumeClaims);
const VOLUMES = storageKey(persistentVolumes);
const CLASSES = storageKey(storageClasses);
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
/** Its key makes the built-in class once and again when somebody deletes it. */
const CLASS_KEY: ObjectRef = { namespace: '', name: `class/${DEFAULT_CLASS}` };

const tell = (claim: PersistentVolumeClaim, type: 'Normal' | 'Warning', reason: string, message: string): ConditionalNote => ({
  about: claim,
  type,
  reason,
  message,
});

const after = (note: ConditionalNote, change: Change): ConditionalNote => ({ ...note, after: change });

const annotated = <T extends { metadata: any }>(object: T, annotations: Record<string, string>): T => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
});

const statusOf = (claim: PersistentVolumeClaim, status: Record<string, unknown>): Change[] =>
  equalJson(claim.status ?? {}, status)
    ? []
    : [{ op: 'update', subresource: 'status', definition: persistentVolumeClaims, object: { ...claim, status } as PersistentVolumeClaim }];

/** The next write of this binding; none when it is complete. */
const bind = (claim: PersistentVolumeClaim, volume: PersistentVolume): Change[] => {
  const reference = volume.spec?.claimRef;
  if (!reference?.uid) {
    const byUs: Record<string, string> = reference ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    const object = annotated({ ...volume, spec: { ...volume.spec, claimRef: claimReference(claim) } } as PersistentVolume, byUs);
    return [{ op: 'update', definition: persistentVolumes, object }];
  }
  if (claim.spec?.volumeName !== volume.metadata.name || claim.metadata.annotations?.[BIND_COMPLETED] !== 'yes') {
    const byUs: Record<string, string> = claim.spec?.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    const object = annotated({ ...claim, spec: { ...claim.spec, volumeName: volume.metadata.name } } as PersistentVolumeClaim, {
      ...byUs,
      [BIND_COMPLETED]: 'yes',
    });
    return [{ op: 'update', definition: persistentVolumeClaims, object }];
  }
  const changes = statusOf(claim, {
    ...claim.status,
    phase: 'Bound',
    accessModes: volume.spec?.accessModes ?? [],
    capacity: volume.spec?.capacity ?? {},
  });
  if (volume.status?.phase !== 'Bound') {
    changes.push({ op: 'update', subresource: 'status', definition: persistentVolumes, object: { ...volume, status: { phase: 'Bound' } } });
  }
  return changes;
};

/** What a claim without a fitting volume waits for. */
const provision = (claim: PersistentVolumeClaim, { snapshot }: ReconcileContext): Outcome => {
  const className = claim.spec?.storageClassName ?? '';
  if (!className) {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return { changes: [], events: [tell(claim, 'Normal', 'FailedBinding', message)] };
  }
  const storageClass = snapshot.get<StorageClass>(CLASSES, '', className);
  if (!storageClass) {
    const message = `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`;
    return { changes: [], events: [tell(claim, 'Warning', 'ProvisioningFailed', message)] };
  }
  const node = claim.metadata.annotations?.[SELECTED_NODE];
  const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  if (waits && !node) {
    const message = 'waiting for first consumer to be created before binding';
    return { changes: [], events: [tell(claim, 'Normal', 'WaitForFirstConsumer', message)] };
  }
  if (claim.metadata.annotations?.[PROVISIONER] !== storageClass.provisioner) {
    const object = annotated(claim, { [PROVISIONER]: storageClass.provisioner });
    return { changes: [{ op: 'update', definition: persistentVolumeClaims, object }] };
  }
  if (storageClass.provisioner !== LOCAL_DIRECTORY) {
    const message = `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    return { changes: [], events: [tell(claim, 'Normal', 'ExternalProvisioning', message)] };
  }
  if (!node) {
    const message = 'a directory needs a node: set volumeBindingMode: WaitForFirstConsumer in the storage class';
    return { changes: [], events: [tell(claim, 'Warning', 'ProvisioningFailed', message)] };
  }
  if ((claim.spec?.volumeMode ?? 'Filesystem') !== 'Filesystem') {
    return { changes: [], events: [tell(claim, 'Warning', 'ProvisioningFailed', 'block volumes are not supported')] };
  }
  const object = directoryFor(claim, storageClass, node);
  const change: Change = { op: 'create', definition: persistentVolumes, object, ownerUid: claim.metadata.uid! };
  const message = `Successfully provisioned volume ${object.metadata.name}`;
  return { changes: [change], events: [after(tell(claim, 'Normal', 'ProvisioningSucceeded', message), change)] };
};

const makeClass = ({ snapshot }: ReconcileContext): Outcome =>
  snapshot.get(CLASSES, '', DEFAULT_CLASS) ? nothing : { changes: [{ op: 'create', definition: storageClasses, object: defaultClass }] };

const reconcile = (ref: ObjectRef, context: ReconcileContext): Outcome => {
  if (ref.name === CLASS_KEY.name && !ref.namespace) return makeClass(context);
  const { snapshot } = context;
  const claim = snapshot.get<PersistentVolumeClaim>(CLAIMS, ref.namespace, ref.name);
  if (!claim || claim.metadata.deletionTimestamp) return nothing;
  const named = claim.spec?.volumeName;
  if (claim.metadata.annotations?.[BIND_COMPLETED] === 'yes' && named) {
    const volume = snapshot.get<PersistentVolume>(VOLUMES, '', named);
    if (volume && isKeptFor(volume, claim)) return { changes: bind(claim, volume) };
    const changes = statusOf(claim, { ...claim.status, phase: 'Lost' });
    const message = volume
      ? 'Two claims are bound to the same volume, this one is bound incorrectly'
      : 'Bound claim has lost its PersistentVolume. Data on the volume is lost!';
    return {
      changes,
      events: changes.map((change) => after(tell(claim, 'Warning', volume ? 'ClaimMisbound' : 'ClaimLost', message), change)),
    };
  }
  if (named) {
    const volume = snapshot.get<PersistentVolume>(VOLUMES, '', named);
    if (!volume) return { changes: [] };
    if (isKeptFor(volume, claim) || (!volume.spec?.claimRef && gives(volume, claim))) return { changes: bind(claim, volume) };
    const reason = volume.spec?.claimRef
      ? `volume ${JSON.stringify(named)} already bound to a different claim.`
      : `volume ${JSON.stringify(named)} does not satisfy the claim`;
    return { changes: [], events: [tell(claim, 'Warning', volume.spec?.claimRef ? 'FailedBinding' : 'VolumeMismatch', reason)] };
  }
  const storageClass = snapshot.get<StorageClass>(CLASSES, '', claim.spec?.storageClassName ?? '');
  const node = snapshot.get<Node>('core/nodes', '', claim.metadata.annotations?.[SELECTED_NODE] ?? '');
  // a pod of the claim runs on the selected node: a volume that node cannot reach is no use
  const volumes = snapshot
    .all<PersistentVolume>(VOLUMES)
    .filter((volume) => isKeptFor(volume, claim) || !node || isReachable(volume, node));
  const mayBind = storageClass?.volumeBindingMode !== 'WaitForFirstConsumer' || claim.metadata.annotations?.[SELECTED_NODE];
  const volume = mayBind ? bestVolume(volumes, claim) : volumes.find((candidate) => isKeptFor(candidate, claim));
  return volume ? { changes: bind(claim, volume) } : provision(claim, context);
};

export const volumeBinder: SeededController = {
  name: 'persistentvolume-controller',
  primary: CLAIMS,
  seeds: [CLASS_KEY],
  watches: [
    {
      resource: VOLUMES,
      keys: (volume, previous, snapshot) => {
        const keys = [volume, previous]
          .map((state) => state?.spec?.claimRef)
          .filter((reference) => reference?.name)
          .map((reference) => ({ namespace: String(reference.namespace ?? ''), name: String(reference.name) }));
        if (volume.spec?.claimRef || !snapshot.get(VOLUMES, '', volume.metadata.name!)) return keys;
        // a volume that is free may be what a claim of its class waits for
        const waiting = snapshot.all<PersistentVolumeClaim>(CLAIMS).filter(({ spec, status }) => {
          return status?.phase !== 'Bound' && (spec?.storageClassName ?? '') === (volume.spec?.storageClassName ?? '');
        });
        return [...keys, ...waiting.map(({ metadata }) => ({ namespace: metadata.namespace!, name: metadata.name! }))];
      },
    },
    {
      resource: CLASSES,
      keys: (storageClass, _previous, snapshot) => [
        ...(storageClass.metadata.name === DEFAULT_CLASS ? [CLASS_KEY] : []),
        ...snapshot
          .all<PersistentVolumeClaim>(CLAIMS)
          .filter(({ spec, status }) => status?.phase !== 'Bound' && spec?.storageClassName === storageClass.metadata.name)
          .map(({ metadata }) => ({ namespace: metadata.namespace!, name: metadata.name! })),
      ],
    },
  ],
  reconcile,
};
