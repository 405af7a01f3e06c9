/**
 * /openapi/v3 and its group documents, built when first asked for. /openapi/v2 is the smallest document clients accept: kubectl asks for it
 * only when v3 does not know a kind, and prints its proper error after reading it.
 */
import { openApiGroupVersions, openApiV3 } from '#schema/openapi/v3.ts';
import type { ResourceDefinition } from '#schema/resource.ts';
import { sha256Hex } from '../auth/tokens.ts';
import { unknownPath } from './errors.ts';
import { json, jsonHeaders } from './respond.ts';

interface Document {
  readonly text: string;
  readonly hash: string;
}

export interface OpenApi {
  /** @throws ApiError NotFound */
  respond(request: Request, url: URL): Promise<Response>;
}

/** swagger "2.0" in protobuf. */
const v2Bytes = Uint8Array.from([0x0a, 0x03, 0x32, 0x2e, 0x30]);
const v2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

export const createOpenApi = (definitions: readonly ResourceDefinition[]): OpenApi => {
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

  const index = async (): Promise<Response> => {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const [path, groupVersion] of [...byPath].sort(([a], [b]) => (a < b ? -1 : 1))) {
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${(await document(groupVersion)).hash}` };
    }
    return json({ paths });
  };

  return {
    respond: async (request, url) => {
      const path = url.pathname.replace(/\/$/, '');
      if (path === '/openapi/v2') return new Response(v2Bytes, { headers: { 'content-type': v2Type } });
      if (path === '/openapi/v3') return index();
      const groupVersion = byPath.get(path.replace('/openapi/v3/', ''));
      if (groupVersion === undefined) throw unknownPath();
      const { text, hash } = await document(groupVersion);
      const etag = `"${hash}"`;
      const headers = {
        ...jsonHeaders,
        etag,
        vary: 'Accept',
        ...(url.searchParams.get('hash') === hash ? { 'cache-control': 'public, immutable' } : {}),
      };
      if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
      return new Response(text, { headers });
    },
  };
};
