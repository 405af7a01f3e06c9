/**
 * POST /apis/kedge.dev/v1/backup: one page of everything, for `kedge backup`. It answers to administrators (or a role with `post` on this path) alone, and sealed
 * bodies leave it sealed. The body names where to go on: `{"after": N, "through": R}`; the first page tells the revision the backup is of.
 */
import { parseText, readBytes } from '../apiserver/body.ts';
import { badRequest, methodNotAllowed, unknownPath } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import { assertMayPath } from './access.ts';
import type { HistoryCall } from './call.ts';

const revision = (value: unknown, field: string): number => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw badRequest(`${field}: ${JSON.stringify(value) ?? 'null'} is not a revision`);
};

/** @throws ApiError */
export const backup = async ({ server, request, url, user }: HistoryCall): Promise<Response> => {
  await assertMayPath(server, user, request.method.toLowerCase(), url.pathname);
  if (request.method !== 'POST') throw methodNotAllowed();
  const { dump } = server.platform.store;
  if (!dump) throw unknownPath();
  const text = new TextDecoder().decode(await readBytes(request));
  const { value } = text === '' ? { value: {} } : await parseText(text, 'json', 'BackupRequest');
  if (typeof value !== 'object' || value === null) throw badRequest('the body must be a JSON object');
  const { after, through } = value as Record<string, unknown>;
  const page = await dump.page({
    after: after === undefined ? 0 : revision(after, 'after'),
    ...(through === undefined ? {} : { through: revision(through, 'through') }),
  });
  return json({
    kind: 'BackupPage',
    apiVersion: 'kedge.dev/v1',
    ...page,
    ...(page.next === undefined ? { notes: await dump.notes() } : {}),
  });
};
