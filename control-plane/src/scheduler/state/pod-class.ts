/**
 * Pods that nobody can tell apart share a class: what placing them depends on is worked out once. A shape is the part that is about the pod alone
 * (size, tolerations, node affinity); a class adds namespace, labels, owner, claims and what the pod wants of other pods.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { OwnerReference } from '#schema/meta/object-meta.ts';
import { namedNodes } from '../node-selector.ts';
import type { NodeTable, Usage } from './node-table.ts';
import { type AffinityTerms, affinityTermsOf } from './pod-affinity-terms.ts';
import { assumedOf, requestsOf } from './pod-requests.ts';

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export interface PodShape extends Usage {
  readonly key: string;
  /** Of the first pod of the shape; of it only what the shape is about may be read. */
  readonly spec: Pod['spec'];
  /** Names of the resources in `columns`. */
  readonly resources: readonly string[];
  readonly hostPorts: readonly HostPort[];
  readonly images: readonly string[];
  readonly priority: number;
  /** The only nodes its affinity names. */
  readonly named: readonly string[] | undefined;
}

export interface PodClass {
  readonly shape: PodShape;
  readonly spec: Pod['spec'];
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: OwnerReference | undefined;
  readonly terms: AffinityTerms | undefined;
}

const containerParts = (container: any): unknown[] => [
  container.image,
  container.resources?.requests,
  container.restartPolicy,
  container.ports?.some((port: any) => port.hostPort) ? container.ports : 0,
];

const heldParts = (statuses: readonly any[] | undefined): unknown =>
  statuses?.map(({ name, resources, allocatedResources }) => [name, resources?.requests, allocatedResources]);

const shapeKey = ({ spec, status }: Pod): string =>
  JSON.stringify([
    spec.nodeSelector,
    spec.affinity?.nodeAffinity,
    spec.tolerations,
    spec.containers?.map(containerParts),
    spec.initContainers?.map(containerParts),
    spec.overhead,
    spec.resources?.requests,
    spec.priority,
    spec.preemptionPolicy,
    spec.schedulerName,
    heldParts(status?.containerStatuses),
    heldParts(status?.initContainerStatuses),
  ]);

const noClaims: readonly string[] = [];

/** Names of a pod's claims, those of ephemeral volumes included. */
export const claimsOf = ({ metadata, spec }: Pod): readonly string[] => {
  if (!spec.volumes?.some((volume) => volume.persistentVolumeClaim || volume.ephemeral)) return noClaims;
  return spec.volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim?.claimName) return [persistentVolumeClaim.claimName];
    return ephemeral ? [`${metadata.name}-${name}`] : [];
  });
};

const classKey = ({ metadata, spec }: Pod, owner: OwnerReference | undefined): string =>
  JSON.stringify([
    metadata.namespace,
    metadata.labels,
    owner?.uid,
    spec.affinity?.podAffinity,
    spec.affinity?.podAntiAffinity,
    spec.topologySpreadConstraints,
    claimsOf({ metadata, spec } as Pod),
  ]);

const hostPortsOf = ({ spec }: Pod): HostPort[] => {
  const sidecars = (spec.initContainers ?? []).filter((init: any) => init.restartPolicy === 'Always');
  return [...(spec.containers ?? []), ...sidecars].flatMap((container) =>
    (container.ports ?? [])
      .filter(({ hostPort }) => hostPort)
      .map(({ hostIP, hostPort, protocol }) => ({ ip: hostIP || '0.0.0.0', protocol: protocol || 'TCP', port: hostPort! })),
  );
};

/** Names as nodes report them: with a tag. */
const imageName = (image: string): string => (image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image);

/** Kept beyond this many, classes are forgotten and made anew. */
const MOST = 10_000;

export class PodClasses {
  readonly #table: NodeTable;
  readonly #shapes = new Map<string, PodShape>();
  readonly #classes = new Map<string, PodClass>();

  constructor(table: NodeTable) {
    this.#table = table;
  }

  /**
   * A pod's node is no part of its class, as its like may go elsewhere; `pinned`: it is a wish.
   * @throws QuantityError for text that is no quantity (validation refuses it before)
   */
  of(given: Pod, pinned = false): PodClass {
    const { nodeName, ...rest } = given.spec;
    const pod: Pod = nodeName && !pinned ? { ...given, spec: rest } : given;
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
    const shapeText = shapeKey(pod) + (pod.spec.nodeName ?? '');
    const key = shapeText + classKey(pod, owner);
    const known = this.#classes.get(key);
    if (known) return known;
    if (this.#classes.size >= MOST) this.#classes.clear();
    const made: PodClass = {
      shape: this.#shape(shapeText, pod),
      spec: pod.spec,
      namespace: pod.metadata.namespace ?? '',
      labels: pod.metadata.labels ?? {},
      owner,
      terms: affinityTermsOf(pod),
    };
    this.#classes.set(key, made);
    return made;
  }

  #shape(key: string, pod: Pod): PodShape {
    const known = this.#shapes.get(key);
    if (known) return known;
    if (this.#shapes.size >= MOST) this.#shapes.clear();
    const requests = Object.entries(requestsOf(pod)).filter(([, amount]) => amount > 0);
    const assumed = assumedOf(pod);
    const { spec } = pod;
    const shape: PodShape = {
      key,
      spec,
      resources: requests.map(([resource]) => resource),
      columns: requests.map(([resource]) => this.#table.column(resource)),
      amounts: requests.map(([, amount]) => amount),
      assumedCpu: assumed.cpu,
      assumedMemory: assumed.memory,
      hostPorts: hostPortsOf(pod),
      images: [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ image }) => (image ? [imageName(image)] : [])),
      priority: spec.priority ?? 0,
      named: namedNodes(spec),
    };
    this.#shapes.set(key, shape);
    return shape;
  }
}
