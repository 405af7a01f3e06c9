/** The past of one object: its versions, one of them, the difference of two, undoing its deletion, forgetting it. */
import { toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { ApiError, alreadyExists, badRequest, methodNotAllowed, notFound, unknownPath } from '../apiserver/errors.ts';
import { json, jsonText } from '../apiserver/respond.ts';
import { spliceRevision } from '../registry/body.ts';
import type { StoredVersion, VersionInfo } from '../store/history.ts';
import { assertMay } from './access.ts';
import type { ObjectCall } from './call.ts';
import { diffObjects } from './diff.ts';
import { momentOf, toRevision } from './moment.ts';

const keyOf = ({ definition, place }: ObjectCall) => ({ resource: storageKey(definition), namespace: place.namespace, name: place.name });

const may = (call: ObjectCall, verb: string): Promise<void> =>
  assertMay(call.server, call.user, { verb, definition: call.definition, namespace: call.place.namespace, name: call.place.name });

/** Readable text of a version, with its resourceVersion. */
export const openVersion = async (call: Pick<ObjectCall, 'server'>, version: StoredVersion): Promise<string> =>
  spliceRevision(await call.server.registry.bodies.open(version, version.body), version.revision);

const info = ({ revision, type, uid, size, atMs, author }: VersionInfo) => ({
  revision: String(revision),
  type,
  uid,
  ...(atMs === undefined ? {} : { time: toRfc3339(atMs) }),
  ...(author ? { user: author.user, fieldManager: author.manager } : {}),
  ...(size < 0 ? { purged: true } : { bytes: size }),
});

const versions = async (call: ObjectCall): Promise<Response> => {
  const { query, history, definition, place } = call;
  const limit = query.get('limit');
  const before = query.get('before');
  const page = await history.versions({
    key: keyOf(call),
    ...(limit === null ? {} : { limit: toRevision(limit, 'limit') }),
    ...(before === null ? {} : { before: toRevision(before, 'before') }),
  });
  if (page.versions.length === 0 && before === null) throw notFound(definition, place.name);
  return json({
    kind: 'VersionList',
    apiVersion: 'kedge.dev/v1',
    metadata: page.more ? { before: String(page.versions.at(-1)!.revision) } : {},
    object: { group: definition.group, resource: definition.resource, kind: definition.kind, namespace: place.namespace, name: place.name },
    items: page.versions.map(info),
  });
};

/** There may be such an object now: what is not there is its version of then. */
const notThen = ({ definition, place }: ObjectCall, revision: number): ApiError => {
  const error = notFound(definition, place.name);
  if (revision === Number.MAX_SAFE_INTEGER) return error;
  return new ApiError(
    'NotFound',
    `${error.message} as of revision ${revision}: it was not there then, or the version is no longer kept`,
    error.details,
  );
};

/** @throws ApiError NotFound when it did not live then, or the version is no longer there */
const versionAt = async (call: ObjectCall, revision: number): Promise<StoredVersion> => {
  const found = await call.history.version(keyOf(call), revision);
  if (!found) throw notThen(call, revision);
  return found;
};

const asOf = async (call: ObjectCall, revision: number): Promise<Response> => {
  const version = await versionAt(call, revision);
  if (version.type === 'DELETED') throw notThen(call, revision);
  return jsonText(await openVersion(call, version));
};

const diff = async (call: ObjectCall): Promise<Response> => {
  const { query } = call;
  const [asked, against] = [query.get('to'), query.get('from')];
  const to = await versionAt(call, asked === null ? Number.MAX_SAFE_INTEGER : toRevision(asked, 'to'));
  const from =
    against === null ? await call.history.version(keyOf(call), to.revision - 1) : await versionAt(call, toRevision(against, 'from'));
  const parsed = async (version: StoredVersion | undefined) =>
    version && version.type !== 'DELETED' ? (JSON.parse(await openVersion(call, version)) as KubeObject) : {};
  return json({
    kind: 'VersionDiff',
    apiVersion: 'kedge.dev/v1',
    ...(from ? { from: info(from) } : {}),
    to: info(to),
    changes: diffObjects(await parsed(from), await parsed(to)),
  });
};

/** What a new object may not bring from its former life. Owners may be gone: the garbage collector would take it away again. */
const reborn = (object: KubeObject): KubeObject => {
  const { name, namespace, labels, annotations, finalizers } = object.metadata;
  const kept = finalizers?.filter((finalizer) => finalizer !== 'foregroundDeletion' && finalizer !== 'orphan') ?? [];
  const { status: _, ...rest } = object;
  return {
    ...rest,
    metadata: {
      ...{ name, namespace },
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(kept.length > 0 ? { finalizers: kept } : {}),
    },
  } as KubeObject;
};

const undelete = async (call: ObjectCall): Promise<Response> => {
  const { definition, place, server, history, query, actor } = call;
  const { versions: found } = await history.versions({ key: keyOf(call), limit: 50 });
  if (found.length === 0) throw notFound(definition, place.name);
  if (found[0]!.type !== 'DELETED') throw alreadyExists(definition, place.name);
  const asked = query.get('revision');
  const last = found.find((version) => version.type !== 'DELETED' && (asked === null || version.revision <= toRevision(asked, 'revision')));
  const version = last && (await history.version(keyOf(call), last.revision));
  if (!version)
    throw badRequest(`${definition.kind} ${JSON.stringify(place.name)} cannot be brought back: its versions are no longer kept`);
  const object = reborn(JSON.parse(await openVersion(call, version)) as KubeObject);
  const permissions = await server.authorizer.permissions(call.user);
  const done = await server.registry.one({ op: 'create', definition, actor: { ...actor, permissions }, object });
  return json(done.object, 201);
};

const purge = async (call: ObjectCall): Promise<Response> => {
  const purged = await call.history.purge(keyOf(call));
  return json({ kind: 'PurgeResult', apiVersion: 'kedge.dev/v1', purged });
};

/** @throws ApiError */
export const objectHistory = async (call: ObjectCall): Promise<Response> => {
  const { place, request, history, query } = call;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  await may(call, 'get');
  if (place.action === 'undelete') {
    if (method !== 'POST') throw methodNotAllowed();
    await may(call, 'create');
    return undelete(call);
  }
  if (method === 'DELETE' && place.action === '') {
    await may(call, 'delete');
    return purge(call);
  }
  if (method !== 'GET') throw methodNotAllowed();
  switch (place.action) {
    case '':
      return versions(call);
    case 'versions':
      return asOf(call, toRevision(place.revision, 'revision'));
    case 'as-of':
      return asOf(call, (await momentOf(history, query)) ?? Number.MAX_SAFE_INTEGER);
    case 'diff':
      return diff(call);
    default:
      throw unknownPath();
  }
};
