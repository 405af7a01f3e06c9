/**
 * `/apis/kedge.dev/v1/`: the past of objects over HTTP (README.md). Authentication is done before; each answer checks what its caller may see, as the present
 * is checked. Mounted by apiserver/app.ts.
 */
import type { Server } from '../apiserver/call.ts';
import { badRequest, unknownPath } from '../apiserver/errors.ts';
import type { Identified } from '../auth/authenticate.ts';
import { backup } from './backup.ts';
import type { HistoryCall } from './call.ts';
import { listHistory, namespaceHistory } from './lists.ts';
import { objectHistory } from './object.ts';
import { parsePath } from './path.ts';
import { retention } from './retention.ts';

/** @throws ApiError */
export const historyEndpoint = async (server: Server, request: Request, url: URL, { user }: Identified): Promise<Response> => {
  const place = parsePath(url.pathname);
  const { history } = server.platform.store;
  if (!place || !history) throw unknownPath();
  const actor = { user, fieldManager: (request.headers.get('user-agent') ?? 'unknown').split('/')[0]!.slice(0, 128) };
  const call: HistoryCall = { server, history, request, url, query: url.searchParams, user, actor };
  if (place.kind === 'retention') return retention(call);
  if (place.kind === 'backup') return backup(call);
  if (place.kind === 'namespace') return namespaceHistory(call, place.namespace);
  const { all } = await server.custom.with(server.catalog);
  const { definition } = all.find(({ definition: d }) => d.group === place.group && d.resource === place.resource) ?? {};
  if (!definition) throw unknownPath();
  if (definition.storage !== 'durable') throw badRequest(`${definition.resource} have no history: they are not kept`);
  if (!definition.namespaced && place.namespace !== '') throw unknownPath();
  if (definition.namespaced && place.kind === 'object' && place.namespace === '') throw unknownPath();
  return place.kind === 'object' ? objectHistory({ ...call, definition, place }) : listHistory({ ...call, definition, place });
};
