/**
 * OpenAPI v3 documents, one per group and version, made from the definitions: what `kubectl explain`, `apply`, `edit` and client generators read.
 * Pure and deterministic; a document is some hundred kB, so callers keep it and its hash.
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 */
import { Scale } from '../autoscaling/scale.ts';
import type { Struct } from '../dsl/field.ts';
import type { JsonObject } from '../dsl/own.ts';
import { DeleteOptions } from '../meta/delete-options.ts';
import { ListMeta } from '../meta/object-meta.ts';
import { Status } from '../meta/status.ts';
import type { ResourceDefinition, ServedVersion } from '../resource.ts';
import { pathItems } from './operations.ts';
import { type GroupVersionKind, ref, SchemaSet } from './schema.ts';

const PATCH = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';

interface Served {
  readonly definition: ResourceDefinition;
  readonly version: ServedVersion;
  readonly group: string;
}

const servedOf = (definitions: readonly ResourceDefinition[]): Served[] =>
  definitions.flatMap((definition) =>
    definition.versions
      .filter((version) => version.served)
      .map((version) => ({ definition, version, group: version.group ?? definition.group })),
  );

const indexPath = (group: string, version: string): string => (group === '' ? `api/${version}` : `apis/${group}/${version}`);

/** Keys of the `/openapi/v3` index, sorted: `api/v1`, `apis/apps/v1`. */
export const openApiGroupVersions = (definitions: readonly ResourceDefinition[]): string[] =>
  [...new Set(servedOf(definitions).map(({ group, version }) => indexPath(group, version.version)))].sort();

/** The document of one group and version. `groupVersion` is an index key, or `v1`, `apps/v1`. Unknown ones give a document without paths. */
export const openApiV3 = (groupVersion: string, definitions: readonly ResourceDefinition[]): JsonObject => {
  const wanted = groupVersion.replace(/^\/?apis?\//, '');
  const all = servedOf(definitions);
  const kinds = kindsOf(all);
  const set = new SchemaSet((struct) => (struct === DeleteOptions ? deleteOptionsKinds(all) : (kinds.get(struct) ?? [])));
  const paths: JsonObject = {};
  for (const { definition, version, group } of all) {
    if ((group === '' ? version.version : `${group}/${version.version}`) !== wanted) continue;
    const object = set.refTo(version.schema);
    const items = pathItems({
      definition,
      group,
      version: version.version,
      object,
      list: addList(set, version.schema, { group, version: version.version, kind: definition.listKind }, definition),
      status: set.refTo(Status),
      deleteOptions: set.refTo(DeleteOptions),
      patch: addPatch(set),
      strategicMerge: !version.schema.data,
      subresource: ({ schema }) => (schema ? set.refTo(schema) : { type: 'object' }),
      scale: definition.scale ? set.refTo(Scale) : undefined,
    });
    for (const [path, item] of items) paths[path] = item;
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.35.0' },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: set.toObject(),
      securitySchemes: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer token.' } },
    },
  };
};

/** Which kinds each struct is the object of. */
const kindsOf = (all: readonly Served[]): Map<Struct<any>, GroupVersionKind[]> => {
  const kinds = new Map<Struct<any>, GroupVersionKind[]>();
  const add = (struct: Struct<any>, kind: GroupVersionKind): void => {
    const known = kinds.get(struct) ?? [];
    const same = known.some((k) => k.group === kind.group && k.version === kind.version && k.kind === kind.kind);
    if (!same) kinds.set(struct, [...known, kind]);
  };
  add(Status, { group: '', version: 'v1', kind: 'Status' });
  add(Scale, { group: 'autoscaling', version: 'v1', kind: 'Scale' });
  for (const { definition, version, group } of all) {
    add(version.schema, { group, version: version.version, kind: definition.kind });
    for (const { schema, kind, ...sub } of definition.subresources) {
      // a subresource that takes the parent itself is no kind of its own
      if (schema && schema !== version.schema) add(schema, { group: sub.group ?? group, version: sub.version ?? version.version, kind });
    }
  }
  return kinds;
};

/** Delete options are read in every group and version. */
const deleteOptionsKinds = (all: readonly Served[]): GroupVersionKind[] => {
  const pairs = new Map(all.map(({ group, version }) => [`${group}/${version.version}`, { group, version: version.version }]));
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { group, version }]) => ({ group, kind: 'DeleteOptions', version }));
};

const addList = (set: SchemaSet, struct: Struct<any>, kind: GroupVersionKind, definition: ResourceDefinition): JsonObject => {
  const name = `${struct.name}List`;
  set.add(name, {
    description: `A list of ${definition.resource}.`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { description: 'Group and version of this form of the list.', type: 'string' },
      items: { description: `The ${definition.resource}.`, type: 'array', items: { allOf: [set.refTo(struct)], default: {} } },
      kind: { description: 'Kind of the list.', type: 'string' },
      metadata: { description: 'Revision and paging of the list.', allOf: [set.refTo(ListMeta)], default: {} },
    },
    'x-kubernetes-group-version-kind': [kind],
  });
  return ref(name);
};

const addPatch = (set: SchemaSet): JsonObject => {
  set.add(PATCH, { description: 'A change of an object, in one of the forms of PATCH.', type: 'object' });
  return ref(PATCH);
};
