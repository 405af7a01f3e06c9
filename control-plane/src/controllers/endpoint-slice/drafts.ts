/**
 * What the EndpointSlices of one Service should hold, as drafts over the slices there are, and the fewest writes that get there. Shared by the
 * controller of Services with selectors and by the one that mirrors Endpoints; each keeps to the slices it made.
 */
import { type Endpoint, type EndpointSlice, endpointSlices } from '#schema/discovery/endpoint-slice.ts';
import { equalJson } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import { canonicalJson, generatedName } from '../../controller-runtime/naming.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { controllerOf, controllerReference } from '../ownership.ts';

export const SLICES = 'discovery.k8s.io/endpointslices';
export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';

export type SlicePorts = NonNullable<EndpointSlice['ports']>;

/** Endpoints that share their ports and their address family. */
export interface SliceGroup {
  readonly addressType: EndpointSlice['addressType'];
  readonly ports: SlicePorts;
  readonly endpoints: readonly Endpoint[];
}

/** What a slice should hold; `slice` is absent for one that must be made. */
export interface Draft {
  readonly slice: EndpointSlice | undefined;
  readonly addressType: EndpointSlice['addressType'];
  readonly ports: SlicePorts;
  endpoints: Endpoint[];
  /** Other endpoints than the slice has, or other states of them; hints aside. */
  changed: boolean;
}

export interface SlicePlan {
  /** Whose slices these are: the Service, or the Endpoints that are mirrored. */
  readonly owner: KubeObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** One slice stays, empty, so that readers see a Service that has a selector but no pod. */
  readonly keepsOne?: true;
}

/** The slices of a Service that this manager made for this owner, by name. */
export const slicesOf = (snapshot: Snapshot, manager: string, owner: KubeObject): EndpointSlice[] =>
  snapshot
    .withLabel<EndpointSlice>(SLICES, owner.metadata.namespace ?? '', SERVICE_NAME, owner.metadata.name ?? '')
    .filter((slice) => slice.metadata.labels?.[MANAGED_BY] === manager && controllerOf(slice)?.uid === owner.metadata.uid)
    .filter((slice) => !slice.metadata.deletionTimestamp)
    .toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));

const identityOf = (endpoint: Endpoint): string => endpoint.targetRef?.uid ?? endpoint.addresses.join();

const withoutHints = ({ hints: _, ...endpoint }: Endpoint): Endpoint => endpoint;

/** Spreads the endpoints of one group over the slices it has, and new ones where they are full. */
const draftGroup = ({ addressType, ports, endpoints: wanted }: SliceGroup, slices: readonly EndpointSlice[], max: number): Draft[] => {
  const open = new Map(wanted.map((endpoint) => [identityOf(endpoint), endpoint]));
  const drafts = slices.map((slice): Draft => {
    const endpoints: Endpoint[] = [];
    let changed = false;
    for (const endpoint of slice.endpoints ?? []) {
      const next = open.get(identityOf(endpoint));
      open.delete(identityOf(endpoint));
      if (next) endpoints.push(next);
      if (!next || !equalJson(next, withoutHints(endpoint))) changed = true;
    }
    return { slice, addressType, ports, endpoints, changed };
  });
  // slices that are written anyway take new endpoints first
  const withRoom = [...drafts].sort((a, b) => Number(b.changed) - Number(a.changed));
  for (const endpoint of open.values()) {
    let draft = withRoom.find(({ endpoints }) => endpoints.length < max);
    if (!draft) {
      draft = { slice: undefined, addressType, ports, endpoints: [], changed: true };
      drafts.push(draft);
      withRoom.unshift(draft);
    }
    draft.endpoints.push(endpoint);
    draft.changed = true;
  }
  return drafts;
};

const shapeOf = ({ addressType, ports }: Pick<EndpointSlice, 'addressType' | 'ports'>): string => canonicalJson([addressType, ports ?? []]);

/** One draft for each slice there is, and for each that is missing. `max` endpoints a slice. */
export const draftSlices = (groups: readonly SliceGroup[], slices: readonly EndpointSlice[], max: number): Draft[] => {
  const left = new Set(slices);
  const drafts = groups.flatMap((group) => {
    const own = slices.filter((slice) => shapeOf(slice) === shapeOf(group));
    for (const slice of own) left.delete(slice);
    return draftGroup(group, own, max);
  });
  const stale = [...left].map((slice): Draft => {
    const { addressType, endpoints = [] } = slice;
    return { slice, addressType, ports: [], endpoints: [], changed: endpoints.length > 0 };
  });
  return [...drafts, ...stale];
};

export const deletionOf = (slice: EndpointSlice): Change => ({
  op: 'delete',
  definition: endpointSlices,
  object: slice,
  request: { preconditions: { uid: slice.metadata.uid! } },
});

const nameFor = ({ metadata }: KubeObject, snapshot: Snapshot, slot: number): string => {
  const { uid, resourceVersion, name, namespace = '' } = metadata;
  for (let attempt = 0; ; attempt++) {
    const candidate = generatedName(`${name}-`, `${uid}/${resourceVersion}/${slot}/${attempt}`);
    if (!snapshot.get(SLICES, namespace, candidate)) return candidate;
  }
};

const newSlice = ({ owner, labels, annotations }: SlicePlan, { addressType, ports, endpoints }: Draft, name: string): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name,
    generateName: `${owner.metadata.name}-`,
    namespace: owner.metadata.namespace!,
    labels,
    ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}),
    ownerReferences: [controllerReference(owner)],
  },
  addressType,
  endpoints,
  ports,
});

/** The slice as drafted; undefined when it is so already. Annotations are left alone where the plan names none. */
const updatedSlice = (slice: EndpointSlice, { labels, annotations }: SlicePlan, { endpoints }: Draft): EndpointSlice | undefined => {
  const { annotations: present = {}, ...metadata } = slice.metadata;
  const noted = annotations ?? present;
  if (equalJson(labels, slice.metadata.labels) && equalJson(noted, present) && equalJson(endpoints, slice.endpoints ?? []))
    return undefined;
  return { ...slice, metadata: { ...metadata, labels, ...(Object.keys(noted).length > 0 ? { annotations: noted } : {}) }, endpoints };
};

const EMPTY: Draft = { slice: undefined, addressType: 'IPv4', ports: [], endpoints: [], changed: true };

/** Deletions, updates and creations. Drafts without endpoints go. */
export const toChanges = (plan: SlicePlan, drafts: readonly Draft[], snapshot: Snapshot): Change[] => {
  const definition = endpointSlices;
  const filled = drafts.filter(({ endpoints }) => endpoints.length > 0);
  const kept = filled.length > 0 || !plan.keepsOne ? filled : [drafts[0] ?? EMPTY];
  const changes: Change[] = drafts.flatMap((draft) => (draft.slice && !kept.includes(draft) ? [deletionOf(draft.slice)] : []));
  kept.forEach((draft, slot) => {
    if (!draft.slice) {
      const object = newSlice(plan, draft, nameFor(plan.owner, snapshot, slot));
      changes.push({ op: 'create', definition, object, ownerUid: plan.owner.metadata.uid! });
      return;
    }
    const object = updatedSlice(draft.slice, plan, draft);
    if (object) changes.push({ op: 'update', definition, object });
  });
  return changes;
};
