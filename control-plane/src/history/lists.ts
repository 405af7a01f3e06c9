/** A kind, or everything in a namespace, as of a moment; and forgetting what a kind left there. */
import { type ResourceDefinition, storageKey } from '#schema/resource.ts';
import type { Served } from '../apiserver/catalog.ts';
import { badRequest, methodNotAllowed } from '../apiserver/errors.ts';
import { json, jsonText } from '../apiserver/respond.ts';
import { forbiddenResource } from '../auth/authorize.ts';
import { fromBase64Url, toBase64Url } from '../auth/encoding.ts';
import type { AsOfQuery } from '../store/history.ts';
import { assertMay, mayDo } from './access.ts';
import type { HistoryCall, ListCall } from './call.ts';
import { momentOf } from './moment.ts';
import { openVersion } from './object.ts';

/** Where a page ended. */
interface Cursor {
  readonly revision: number;
  readonly resource: string;
  readonly after?: { readonly namespace: string; readonly name: string };
}

const encode = (cursor: Cursor): string => toBase64Url(new TextEncoder().encode(JSON.stringify(cursor)));

/** @throws ApiError BadRequest */
const decode = (text: string): Cursor => {
  try {
    const { revision, resource, after } = JSON.parse(new TextDecoder().decode(fromBase64Url(text))) as Cursor;
    const placed = after === undefined || (typeof after.namespace === 'string' && typeof after.name === 'string');
    if (Number.isSafeInteger(revision) && typeof resource === 'string' && placed)
      return { revision, resource, ...(after ? { after } : {}) };
  } catch {
    // falls through to the refusal
  }
  throw badRequest('continue: not a token of this list');
};

interface Found {
  readonly items: string[];
  readonly lost: { readonly resource: string; readonly namespace: string; readonly name: string }[];
  complete: boolean;
}

const stopItems = 500;
const stopBytes = 1_048_576;

/** Goes through the kinds until the page is full. */
const collect = async (call: HistoryCall, resources: readonly string[], start: Cursor, namespace: string | undefined) => {
  const found: Found = { items: [], lost: [], complete: true };
  let bytes = 0;
  let after = start.after;
  for (const resource of resources.slice(Math.max(0, resources.indexOf(start.resource)))) {
    for (;;) {
      if (found.items.length >= stopItems || bytes >= stopBytes)
        return { found, next: { ...start, resource, ...(after ? { after } : {}) } };
      const query: AsOfQuery = {
        resource,
        revision: start.revision,
        ...(namespace === undefined ? {} : { namespace }),
        ...(after ? { after } : {}),
      };
      const page = await call.history.asOf(query);
      for (const version of page.items) {
        const text = await openVersion(call, version);
        found.items.push(text);
        bytes += text.length;
      }
      found.lost.push(...page.lost.map((key) => ({ resource, ...key })));
      if (!page.complete) found.complete = false;
      after = page.next;
      if (!after) break;
    }
  }
  return { found, next: undefined };
};

const startOf = async (call: HistoryCall): Promise<Cursor> => {
  const token = call.query.get('continue');
  if (token !== null) return decode(token);
  const head = await call.server.platform.store.head();
  return { revision: Math.min(head.revision, (await momentOf(call.history, call.query)) ?? head.revision), resource: '' };
};

const answer = (revision: number, { items, lost, complete }: Found, next: Cursor | undefined, forbidden: readonly string[]): Response => {
  const metadata = { resourceVersion: String(revision), ...(next ? { continue: encode(next) } : {}) };
  const told = { complete, lost, ...(forbidden.length > 0 ? { forbidden } : {}) };
  return jsonText(
    `{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"history":${JSON.stringify(told)},"items":[${items.join(',')}]}`,
  );
};

/** @throws ApiError */
export const listHistory = async (call: ListCall): Promise<Response> => {
  const { server, user, definition, place, request, history } = call;
  const asked = { definition, namespace: place.namespace, name: '' };
  await assertMay(server, user, { ...asked, verb: 'list' });
  const resource = storageKey(definition);
  const namespace = place.namespace === '' ? {} : { namespace: place.namespace };
  if (request.method === 'DELETE') {
    await assertMay(server, user, { ...asked, verb: 'deletecollection' });
    return json({ kind: 'PurgeResult', apiVersion: 'kedge.dev/v1', purged: await history.purge({ resource, ...namespace }) });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
  const start = await startOf(call);
  const { found, next } = await collect(call, [resource], start, namespace.namespace);
  return answer(start.revision, found, next, []);
};

/** Everything in a namespace that the caller may list. @throws ApiError Forbidden when that is nothing */
export const namespaceHistory = async (call: HistoryCall, namespace: string): Promise<Response> => {
  const { server, user, request, history } = call;
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
  const { all } = await server.custom.with(server.catalog);
  const kinds = new Map(all.filter(isKept).map(({ definition }) => [storageKey(definition), definition] as const));
  const there = await history.resourcesIn(namespace, [...kinds.keys()].sort());
  const allowed: string[] = [];
  const forbidden: string[] = [];
  for (const resource of there) {
    const asked = { verb: 'list', definition: kinds.get(resource)!, namespace, name: '' };
    ((await mayDo(server, user, asked)).allowed ? allowed : forbidden).push(resource);
  }
  if (allowed.length === 0 && (forbidden.length > 0 || !(await mayAny(call, namespace))))
    throw refusal(call, namespace, forbidden[0], kinds);
  const start = await startOf(call);
  const { found, next } = await collect(call, allowed, start, namespace);
  return answer(start.revision, found, next, forbidden);
};

const isKept = ({ definition }: Served): boolean => definition.namespaced && definition.storage === 'durable';

/** An empty namespace is told only to who may list something there. */
const mayAny = async (call: HistoryCall, namespace: string): Promise<boolean> =>
  (await mayDo(call.server, call.user, { verb: 'list', definition: { group: '', resource: 'pods' }, namespace, name: '' })).allowed;

const refusal = (call: HistoryCall, namespace: string, resource: string | undefined, kinds: ReadonlyMap<string, ResourceDefinition>) => {
  const definition = resource === undefined ? { group: '', resource: 'pods' } : kinds.get(resource)!;
  const { group, resource: plural } = definition;
  return forbiddenResource(
    call.user,
    { verb: 'list', group, resource: plural, subresource: '', namespace, name: '', fieldSelector: '' },
    '',
  );
};
