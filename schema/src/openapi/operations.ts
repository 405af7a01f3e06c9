/**
 * The operations of one resource, as path items. kubectl reads two things from them: the PATCH parameter `fieldValidation` (the server
 * validates) and the media types PATCH takes (whether strategic merge patch may be used).
 */
import type { JsonObject } from '../dsl/own.ts';
import type { ResourceDefinition, SubresourceDefinition } from '../resource.ts';
import type { GroupVersionKind } from './schema.ts';

const query = (name: string, type: 'string' | 'integer' | 'boolean', description: string): JsonObject => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
});
const path = (name: string, description: string): JsonObject => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { type: 'string', uniqueItems: true },
});

const pretty = query('pretty', 'string', 'If true, the output is indented.');
const dryRun = query('dryRun', 'string', 'All: everything is done except the write.');
const fieldManager = query('fieldManager', 'string', 'Who makes the change.');
const fieldValidation = query('fieldValidation', 'string', 'What happens to unknown and duplicate fields: Ignore, Warn or Strict.');
const force = query('force', 'boolean', 'Take over fields that other managers own (apply patches only).');
const listParameters = [
  query('allowWatchBookmarks', 'boolean', 'Send bookmarks in a watch.'),
  query('continue', 'string', 'Token of the next page.'),
  query('fieldSelector', 'string', 'Only objects with these field values.'),
  query('labelSelector', 'string', 'Only objects with these labels.'),
  query('limit', 'integer', 'Most objects in a page.'),
  query('resourceVersion', 'string', 'Where a watch starts, or how fresh a list must be.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'Begin a watch with the objects there are.'),
  query('timeoutSeconds', 'integer', 'How long a list or watch may take.'),
  query('watch', 'boolean', 'Stream changes instead of listing.'),
];
const deleteParameters = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds the object may take to end.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'What happens to dependents: Orphan, Background or Foreground.'),
];

const namespacePath = path('namespace', 'Namespace of the object.');

export interface OperationContext {
  readonly definition: ResourceDefinition;
  readonly group: string;
  readonly version: string;
  /** Reference to the object's schema. */
  readonly object: JsonObject;
  readonly list: JsonObject;
  readonly status: JsonObject;
  readonly deleteOptions: JsonObject;
  readonly patch: JsonObject;
  readonly strategicMerge: boolean;
  /** Reference to the body of a subresource. */
  readonly subresource: (subresource: SubresourceDefinition) => JsonObject;
  readonly scale: JsonObject | undefined;
}

interface Operation {
  readonly action: string;
  readonly id: string;
  readonly description: string;
  readonly kind: GroupVersionKind;
  readonly parameters?: readonly JsonObject[];
  readonly body?: JsonObject;
  readonly result: JsonObject;
  readonly created?: boolean;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Path items of a resource by path. */
export const pathItems = (context: OperationContext): Map<string, JsonObject> => {
  const { definition, group, version } = context;
  const { kind, resource, namespaced, verbs } = definition;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const groupName = group === '' ? 'core' : group.split('.')[0]!;
  const stem = `${capital(groupName)}${capital(version)}${namespaced ? 'Namespaced' : ''}${kind}`;
  const own: GroupVersionKind = { group, version, kind };
  const items = new Map<string, JsonObject>();

  const operation = (o: Operation): JsonObject => ({
    tags: [`${groupName}_${version}`],
    description: o.description,
    operationId: o.id,
    ...(o.parameters ? { parameters: o.parameters } : {}),
    ...(o.body ? { requestBody: o.body } : {}),
    responses: {
      200: { description: 'OK', content: replies(o.result) },
      ...(o.created ? { 201: { description: 'Created', content: replies(o.result) } } : {}),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': o.action,
    'x-kubernetes-group-version-kind': o.kind,
  });
  const has = (verb: (typeof verbs)[number]): boolean => verbs.includes(verb);
  const writeParameters = [dryRun, fieldManager, fieldValidation];

  const list = (id: string): JsonObject =>
    operation({
      action: 'list',
      id,
      description: `list or watch objects of kind ${kind}`,
      kind: own,
      parameters: listParameters,
      result: context.list,
    });

  const base = namespaced ? `${root}/namespaces/{namespace}/${resource}` : `${root}/${resource}`;
  const scope = namespaced ? [namespacePath, pretty] : [pretty];
  const collection: JsonObject = {
    ...(has('list') ? { get: list(`list${stem}`) } : {}),
    ...(has('create')
      ? {
          post: operation({
            action: 'post',
            id: `create${stem}`,
            description: `create a ${kind}`,
            kind: own,
            parameters: writeParameters,
            body: anyBody(context.object),
            result: context.object,
            created: true,
          }),
        }
      : {}),
    ...(has('deletecollection')
      ? {
          delete: operation({
            action: 'deletecollection',
            id: `deleteCollection${stem}`,
            description: `delete a collection of ${kind}`,
            kind: own,
            parameters: [...listParameters.slice(1, 8), ...deleteParameters],
            body: anyBody(context.deleteOptions),
            result: definition.returnsDeleted ? context.object : context.status,
          }),
        }
      : {}),
  };
  if (Object.keys(collection).length > 0) items.set(base, { ...collection, parameters: scope });
  if (namespaced && has('list')) {
    const id = `list${capital(groupName)}${capital(version)}${kind}ForAllNamespaces`;
    items.set(`${root}/${resource}`, { get: list(id), parameters: [pretty] });
  }

  const itemParameters = [path('name', `Name of the ${kind}.`), ...scope];
  const readWrite = (
    suffix: string,
    what: string,
    of: GroupVersionKind,
    schema: JsonObject,
    allowed: (verb: 'get' | 'update' | 'patch') => boolean,
  ): JsonObject => ({
    ...(allowed('get')
      ? { get: operation({ action: 'get', id: `read${stem}${suffix}`, description: `read ${what} ${kind}`, kind: of, result: schema }) }
      : {}),
    ...(allowed('update')
      ? {
          put: operation({
            action: 'put',
            id: `replace${stem}${suffix}`,
            description: `replace ${what} ${kind}`,
            kind: of,
            parameters: writeParameters,
            body: anyBody(schema),
            result: schema,
            created: true,
          }),
        }
      : {}),
    ...(allowed('patch')
      ? {
          patch: operation({
            action: 'patch',
            id: `patch${stem}${suffix}`,
            description: `partially update ${what} ${kind}`,
            kind: of,
            parameters: [...writeParameters, force],
            body: patchBody(context.patch, context.strategicMerge),
            result: schema,
            created: true,
          }),
        }
      : {}),
  });

  const item = {
    ...readWrite('', 'the specified', own, context.object, has),
    ...(has('delete')
      ? {
          delete: operation({
            action: 'delete',
            id: `delete${stem}`,
            description: `delete a ${kind}`,
            kind: own,
            parameters: deleteParameters,
            body: anyBody(context.deleteOptions),
            result: context.status,
          }),
        }
      : {}),
  };
  if (Object.keys(item).length > 0) items.set(`${base}/{name}`, { ...item, parameters: itemParameters });
  if (definition.hasStatus) {
    items.set(`${base}/{name}/status`, {
      ...readWrite('Status', 'status of the specified', own, context.object, () => true),
      parameters: itemParameters,
    });
  }
  if (definition.scale && context.scale) {
    const scale: GroupVersionKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
    items.set(`${base}/{name}/scale`, {
      ...readWrite('Scale', 'scale of the specified', scale, context.scale, () => true),
      parameters: itemParameters,
    });
  }
  for (const subresource of definition.subresources) {
    const at = `${base}/{name}/${subresource.name}`;
    if (items.has(at)) continue;
    const of: GroupVersionKind = {
      group: subresource.group ?? group,
      version: subresource.version ?? version,
      kind: subresource.kind,
    };
    const schema = context.subresource(subresource);
    const what = `${subresource.name} of the specified`;
    const suffix = capital(subresource.name);
    const entry = {
      ...readWrite(suffix, what, of, schema, (verb) => subresource.verbs.includes(verb)),
      ...(subresource.verbs.includes('create')
        ? {
            post: operation({
              action: 'post',
              id: `create${stem}${suffix}`,
              description: `create ${what} ${kind}`,
              kind: of,
              parameters: writeParameters,
              body: anyBody(schema),
              result: schema,
              created: true,
            }),
          }
        : {}),
    };
    if (Object.keys(entry).length > 0) items.set(at, { ...entry, parameters: itemParameters });
  }
  return items;
};

const replies = (schema: JsonObject): JsonObject => ({ 'application/json': { schema }, 'application/yaml': { schema } });

const anyBody = (schema: JsonObject): JsonObject => ({ content: { '*/*': { schema } }, required: true });

/** A type that is data has no strategic merge. */
const patchBody = (schema: JsonObject, strategic: boolean): JsonObject => ({
  content: Object.fromEntries(
    [
      'application/apply-patch+yaml',
      'application/json-patch+json',
      'application/merge-patch+json',
      ...(strategic ? ['application/strategic-merge-patch+json'] : []),
    ].map((type) => [type, { schema }]),
  ),
  required: true,
});
