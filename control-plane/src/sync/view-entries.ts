/**
 * The parts a node's view is made of: which objects a pod refers to, and what one node may know of another. Pure. node-view.ts puts them together
 * from a snapshot, view-keeper.ts keeps the same result in step with changes, node-may.ts answers the authorizer with them.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import { entryDigest, type ViewKey, viewKey } from '#schema/sync/protocol.ts';

export const PODS = 'core/pods';
export const NODES = 'core/nodes';
export const SERVICES = 'core/services';
export const CONFIG_MAPS = 'core/configmaps';
export const SECRETS = 'core/secrets';
export const SERVICE_ACCOUNTS = 'core/serviceaccounts';
export const CLAIMS = 'core/persistentvolumeclaims';
export const VOLUMES = 'core/persistentvolumes';
export const ENDPOINT_SLICES = 'discovery.k8s.io/endpointslices';

/** Kinds of which every node knows every object. */
export const BROADCAST: readonly string[] = [SERVICES, ENDPOINT_SLICES];
/** Kinds a node knows only where one of its pods names them. */
export const REFERENCED: readonly string[] = [CONFIG_MAPS, SECRETS, SERVICE_ACCOUNTS, CLAIMS, VOLUMES];
/** Of these, the ones that name others in their turn. */
export const REFERRING: readonly string[] = [SERVICE_ACCOUNTS, CLAIMS];
/** Volumes of this driver are directories of one node, which removes them. */
const LOCAL_DRIVER = 'local-directory.kedge.dev';

export interface Reference {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

export const keyOf = (resource: string, object: KubeObject): ViewKey =>
  viewKey(resource, object.metadata.namespace, object.metadata.name ?? '');

export const referenceKey = (reference: Reference): ViewKey => viewKey(reference.resource, reference.namespace, reference.name);

/** The ServiceAccount a pod runs as. */
export const serviceAccountOf = (pod: Pod): string => pod.spec.serviceAccountName || 'default';

/** The node whose directory a PersistentVolume is; undefined for every other kind of volume. */
export const localNodeOf = (volume: KubeObject | undefined): string | undefined => {
  if (volume?.spec?.csi?.driver !== LOCAL_DRIVER) return undefined;
  type Term = { matchExpressions?: { key?: string; operator?: string; values?: string[] }[] };
  const terms: Term[] = volume.spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const hosts = terms
    .flatMap(({ matchExpressions }) => matchExpressions ?? [])
    .filter(({ key, operator }) => key === HOSTNAME && operator === 'In');
  return hosts.length === 1 && hosts[0]!.values?.length === 1 ? hosts[0]!.values[0] : undefined;
};
const HOSTNAME = 'kubernetes.io/hostname';

/** How a pod's references are looked up further: the objects as they are now. */
export type LookUp = (resource: string, namespace: string, name: string) => KubeObject | undefined;

/**
 * Everything a pod names, existing or not: ConfigMaps and Secrets of env, envFrom and volumes, its ServiceAccount, the image pull secrets of both, its
 * claims and the volumes those are bound to. Without repeats, in the order met.
 */
export const podReferences = (pod: Pod, lookUp: LookUp): readonly Reference[] => {
  const namespace = pod.metadata.namespace ?? '';
  const serviceAccount = lookUp(SERVICE_ACCOUNTS, namespace, serviceAccountOf(pod));
  const found = new Map<ViewKey, Reference>();
  const add = (resource: string, name: string | undefined, within = namespace): void => {
    if (name) found.set(viewKey(resource, within, name), { resource, namespace: within, name });
  };
  const addClaim = (name: string | undefined): void => {
    if (!name) return;
    add(CLAIMS, name);
    add(VOLUMES, lookUp(CLAIMS, namespace, name)?.spec?.volumeName, '');
  };
  const { spec } = pod;
  add(SERVICE_ACCOUNTS, serviceAccountOf(pod));
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]) {
    for (const { valueFrom } of container.env ?? []) {
      add(CONFIG_MAPS, valueFrom?.configMapKeyRef?.name);
      add(SECRETS, valueFrom?.secretKeyRef?.name);
    }
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add(CONFIG_MAPS, configMapRef?.name);
      add(SECRETS, secretRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) {
    add(CONFIG_MAPS, volume.configMap?.name);
    add(SECRETS, volume.secret?.secretName);
    addClaim(volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral) addClaim(`${pod.metadata.name}-${volume.name}`);
    for (const source of volume.projected?.sources ?? []) {
      add(CONFIG_MAPS, source.configMap?.name);
      add(SECRETS, source.secret?.name);
    }
  }
  for (const { name } of spec.imagePullSecrets ?? []) add(SECRETS, name);
  for (const { name } of (serviceAccount?.imagePullSecrets ?? []) as { name?: string }[]) add(SECRETS, name);
  return [...found.values()];
};

/**
 * What a node may know of another one: addresses, pod network, labels. Its resourceVersion is drawn from exactly these, so that a change of
 * anything else (conditions, images) reaches no other node.
 */
export const slimNode = (node: KubeObject): KubeObject => {
  const { metadata } = node;
  const spec = { podCIDR: node.spec?.podCIDR ?? '', podCIDRs: node.spec?.podCIDRs ?? [] };
  const status = { addresses: node.status?.addresses ?? [] };
  const identity = { name: metadata.name ?? '', uid: metadata.uid ?? '', labels: metadata.labels ?? {} };
  const resourceVersion = entryDigest(identity.name, JSON.stringify([identity, spec, status])).toString();
  return Object.freeze({ apiVersion: 'v1', kind: 'Node', metadata: { ...identity, resourceVersion }, spec, status }) as KubeObject;
};
