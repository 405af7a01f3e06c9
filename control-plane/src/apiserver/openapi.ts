/**
 * /openapi/v3 and its group documents, built when first asked for. /openapi/v2 is the smallest document clients accept: kubectl asks for it
 * only when v3 does not know a kind, and prints its proper error after reading it.
 */
import { openApiGroupVersions, openApiV3 } from '#schema/openapi/v3.ts';
import type { ResourceDefinition } from '#schema/resource.ts';
import { noRemoteDocuments, type RemoteDocuments } from '../aggregation/remote-documents.ts';
import { sha256Hex } from '../auth/tokens.ts';
import type { Served } from './catalog.ts';
import { unknownPath } from './errors.ts';
import { parseAccept } from './negotiation.ts';
import { json, jsonHeaders } from './respond.ts';

interface Document {
  readonly text: string;
  readonly hash: string;
}

export interface OpenApi {
  /** @throws ApiError NotFound */
  respond(request: Request, url: URL, nowMs: number): Promise<Response>;
}

/** swagger "2.0" in protobuf. */
const v2Bytes = Uint8Array.from([0x0a, 0x03, 0x32, 0x2e, 0x30]);
/** For those who read no protobuf: a document that describes nothing. */
const v2Json = { swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.35.0' }, paths: {} };
const v2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const v2 = (request: Request): Response => {
  const types = parseAccept(request.headers.get('accept') ?? '').map(({ type }) => type);
  const readsJson = types.length > 0 && types.every((type) => type === 'application/json');
  return readsJson ? json(v2Json) : new Response(v2Bytes, { headers: { 'content-type': v2Type } });
};

const YEAR_MS = 365 * 86_400_000;
/** What a URL with a hash gives never changes. */
const forEver = (nowMs: number): Record<string, string> => ({
  'cache-control': 'public, immutable',
  date: new Date(nowMs).toUTCString(),
  expires: new Date(nowMs + YEAR_MS).toUTCString(),
});

/** `custom` gives what is served beside the definitions now, `remote` what aggregated APIs say of themselves. */
export const createOpenApi = (
  definitions: readonly ResourceDefinition[],
  custom: () => Promise<readonly Served[]> = async () => [],
  remote: RemoteDocuments = noRemoteDocuments,
): OpenApi => {
  const groupVersions = openApiGroupVersions(definitions);
  const byPath = new Map(groupVersions.map((gv) => [gv, gv]));
  const built = new Map<string, Document>();

  const document = async (groupVersion: string): Promise<Document> => {
    const known = built.get(groupVersion);
    if (known) return known;
    const text = JSON.stringify(openApiV3(groupVersion, definitions));
    const made = { text, hash: (await sha256Hex(text)).toUpperCase() };
    built.set(groupVersion, made);
    return made;
  };

  const customBuilt = new Map<string, { readonly of: readonly ResourceDefinition[]; readonly document: Document }>();
  /** Definitions are made once for each revision: the same ones give the same document. */
  const customDocument = async (path: string, of: readonly ResourceDefinition[]): Promise<Document> => {
    const known = customBuilt.get(path);
    if (known && known.of.length === of.length && known.of.every((one, i) => one === of[i])) return known.document;
    const text = JSON.stringify(openApiV3(path, of));
    const made = { text, hash: (await sha256Hex(text)).toUpperCase() };
    customBuilt.set(path, { of, document: made });
    return made;
  };
  const customPaths = async (): Promise<Map<string, ResourceDefinition[]>> => {
    const paths = new Map<string, ResourceDefinition[]>();
    for (const { groupVersion, definition } of await custom()) {
      const path = `apis/${groupVersion}`;
      if (!byPath.has(path)) paths.set(path, [...(paths.get(path) ?? []), definition]);
    }
    for (const path of customBuilt.keys()) if (!paths.has(path)) customBuilt.delete(path);
    return paths;
  };
  const at = async (path: string): Promise<Document | undefined> => {
    const groupVersion = byPath.get(path);
    if (groupVersion !== undefined) return document(groupVersion);
    const of = (await customPaths()).get(path);
    if (of) return customDocument(path, of);
    const text = await remote.openApiAt(path);
    if (text === undefined) return undefined;
    const hash = (await remote.openApi()).find((one) => one.path === path)?.hash ?? '';
    return { text, hash };
  };

  const index = async (): Promise<Response> => {
    const entries = await Promise.all([
      ...[...byPath].map(async ([path, groupVersion]) => [path, await document(groupVersion)] as const),
      ...[...(await customPaths())].map(async ([path, of]) => [path, await customDocument(path, of)] as const),
      ...(await remote.openApi()).map(({ path, hash }) => [path, { hash }] as const),
    ]);
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const [path, { hash }] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    return json({ paths });
  };

  return {
    respond: async (request, url, nowMs) => {
      const path = url.pathname.replace(/\/$/, '');
      if (path === '/openapi/v2') return v2(request);
      if (path === '/openapi/v3') return index();
      const found = await at(path.replace('/openapi/v3/', ''));
      if (!found) throw unknownPath();
      const { text, hash } = found;
      const asked = url.searchParams.get('hash') ?? '';
      if (asked !== '' && asked !== hash) return new Response(null, { status: 301, headers: { location: `${path}?hash=${hash}` } });
      const etag = `"${hash}"`;
      const headers = { ...jsonHeaders, etag, vary: 'Accept', ...(asked === '' ? {} : forEver(nowMs)) };
      if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
      return new Response(text, { headers });
    },
  };
};
