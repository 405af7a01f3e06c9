/**
 * What the API machinery knows of a resource. A kind is ONE value of this type in ONE file; every verb, the store, the caches, discovery,
 * OpenAPI and the tables interpret it. Nothing outside schema/ switches on a kind.
 */
import type { TypeSchema } from './apply/type-schema.ts';
import type { Struct } from './dsl/field.ts';
import type { ObjectMeta } from './meta/object-meta.ts';

/** Any object with metadata, in its JSON form. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  [field: string]: any;
}

/** One problem of one field. `type` gives the wording and the cause's reason, as upstream's field.Error. */
export interface FieldError {
  readonly type: 'required' | 'invalid' | 'notSupported' | 'forbidden' | 'duplicate' | 'tooLong' | 'tooMany' | 'notFound' | 'typeInvalid';
  /** Kubernetes path: `spec.containers[0].name`, `metadata.labels`, `spec.selector[app]`. */
  readonly field: string;
  /** The offending value as it is printed (`invalid`, `duplicate`, `notSupported`, ...). */
  readonly value?: unknown;
  readonly detail: string;
}

/** A value that at most one object of the cluster may hold, such as a ClusterIP. The store keeps it unique. */
export interface Claim {
  /** `clusterIP`, `nodePort`, `nodeCIDR`. */
  readonly scope: string;
  readonly value: string;
}

/** What a table shows. */
export type Cell = string | number | boolean | null;

/** A cell that changes by itself: how long ago something was, with what stands around it. */
export interface Ago {
  /** Unix ms. */
  readonly sinceMs: number;
  readonly before?: string;
  readonly after?: string;
}

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0 always shown, 1 with `-o wide`. */
  readonly priority: number;
  /** The same for an object that stays the same. */
  readonly cell: (object: any) => Cell | Ago;
}

export interface ScaleSpec {
  readonly replicas: (object: any) => number;
  readonly setReplicas: (object: any, replicas: number) => void;
  readonly statusReplicas: (object: any) => number;
  /** Label selector in its string form, for `status.selector`. */
  readonly selector: (object: any) => string;
}

/** A subresource that is more than a read or write of the parent: its handler lives in the API server under the same name. */
export interface SubresourceDefinition {
  /** `binding`, `eviction`, `log`, `exec`, `token`, `finalize` ... */
  readonly name: string;
  readonly kind: string;
  /** Set where discovery shows another group and version than the parent's (`policy/v1` Eviction). */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  /** Body message, where there is one. */
  readonly schema?: Struct<any>;
}

export interface ServedVersion {
  readonly version: string;
  /** Group of this served form when it differs from the definition's (events.k8s.io Event stored as core Event). */
  readonly group?: string;
  readonly schema: Struct<any>;
  /** How server-side apply sees it, where that is not `schema`: custom resources, whose types are data. */
  readonly typeSchema?: TypeSchema;
  readonly served: boolean;
  /** Field selectors as this version names them, by the definition's names. Absent: the same. */
  readonly fieldLabels?: Readonly<Record<string, string>>;
  /** Said as a Warning at each request of this version. */
  readonly deprecation?: string;
  /** What is asked beyond the definition's `validate` of an object that was created in this version. Takes the stored form. */
  readonly validate?: (object: any) => FieldError[];
  /** Exactly one version is the stored one. */
  readonly storage: boolean;
  /** Absent: same shape as the stored version. Pure; never mutates its argument. */
  readonly toStorage?: (object: any) => any;
  readonly fromStorage?: (object: any) => any;
  /** Versions differ in what they let through only: until it is stored, an object has all the fields of the version it was sent in. */
  readonly renamed?: boolean;
  /** An object of this very version, written earlier, as the version has it now: pruned and defaulted. Pure; gives its argument back when that is what it is. */
  readonly complete?: (object: any) => any;
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** What `prepareCreate`, `prepareUpdate` and claims may know beside the object. */
export interface PrepareContext {
  readonly nowMs: number;
  readonly random: () => number;
  /** Cluster-wide settings a default may depend on. */
  readonly cluster: { readonly serviceCIDR: string; readonly podCIDR: string; readonly nodePortRange: readonly [number, number] };
}

export interface ResourceDefinition<T extends KubeObject = any> {
  /** '' for core. */
  readonly group: string;
  /** Plural, as in the path. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** `virtual`: never stored (reviews, bindings). */
  readonly storage: 'durable' | 'volatile' | 'virtual';
  /** Stored encrypted. */
  readonly sealed: boolean;
  readonly versions: readonly ServedVersion[];
  readonly verbs: readonly Verb[];
  /** `/status` exists: the main endpoint ignores status, `/status` ignores everything else. */
  readonly hasStatus: boolean;
  readonly scale?: ScaleSpec;
  readonly subresources: readonly SubresourceDefinition[];
  /** Go-coded defaults beyond the declared ones; mutates a decoded object of the STORED version. Idempotent. */
  readonly defaults?: (object: T) => void;
  /** Writes of `/status` are defaulted and validated, too. */
  readonly validatesStatus?: boolean;
  /** Semantic validation, after structural validation passed. `old` on update; `subresource` is the one written through, '' for the main resource. */
  readonly validate?: (object: T, old?: T, subresource?: string) => FieldError[];
  /** What is stored of an object that was accepted: another version may name more than the stored one. The same object where that is all. */
  readonly kept?: (object: T) => T;
  /** Runs once at create: clears status, fills derived fields. Mutates. */
  readonly prepareCreate?: (object: T, context: PrepareContext) => void;
  /** Runs at update of the main resource: carries over what a client may not change. Mutates `object`. */
  readonly prepareUpdate?: (object: T, old: T) => void;
  /** The part whose change raises `metadata.generation`. Default: spec. `false`: kind has no generation. */
  readonly generation?: false | ((object: T) => unknown);
  /** A PUT of what is not there creates it. */
  readonly createsOnUpdate?: boolean;
  /** Its delete answers with the object that is gone, not with a Status. */
  readonly returnsDeleted?: boolean;
  /** A PUT must say which resourceVersion it is meant for. */
  readonly updatesNeedVersion?: boolean;
  /** Said as Warnings at each write of the main resource: parts of this object that have no effect or are deprecated. `old` on update. */
  readonly warnings?: (object: T, old?: T) => readonly string[];
  /** Said as a Warning at create: nothing in this cluster acts on such objects. */
  readonly inactive?: string;
  /** Default grace in seconds when the delete states none; absent = deleted at once. A function of the object (pods). */
  readonly gracePeriodSeconds?: (object: T) => number;
  /** A delete that says nothing of dependents leaves them behind. `warning` is told to whoever says nothing. */
  readonly orphansByDefault?: { readonly warning?: string };
  /** Unique values the object holds. */
  readonly claims?: (object: T) => Claim[];
  /** Field selectors beyond metadata.name and metadata.namespace. Values compare as strings; absent is ''. */
  readonly selectableFields: Readonly<Record<string, (object: T) => string>>;
  readonly columns: readonly Column[];
}

/** Key of a stored resource: `core/pods`, `apps/deployments`. */
export const storageKey = (definition: Pick<ResourceDefinition, 'group' | 'resource'>): string =>
  `${definition.group || 'core'}/${definition.resource}`;

/** The stored version's `apiVersion`. */
export const storedApiVersion = (definition: ResourceDefinition): string => {
  const version = definition.versions.find((v) => v.storage);
  if (!version) throw new Error(`${definition.kind} has no storage version`);
  return definition.group ? `${definition.group}/${version.version}` : version.version;
};

/** Fills what most kinds share. */
export const defineResource = <T extends KubeObject>(
  d: Pick<ResourceDefinition<T>, 'group' | 'resource' | 'kind' | 'namespaced' | 'versions' | 'columns'> & Partial<ResourceDefinition<T>>,
): ResourceDefinition<T> => ({
  singular: d.kind.toLowerCase(),
  listKind: `${d.kind}List`,
  shortNames: [],
  categories: [],
  storage: 'durable',
  sealed: false,
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  hasStatus: false,
  subresources: [],
  selectableFields: {},
  ...d,
});
