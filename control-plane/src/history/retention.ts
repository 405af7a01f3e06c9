/** GET and PUT of what the history keeps. */
import { findByStorageKey } from '#schema/resources.ts';
import { parseText, readBytes } from '../apiserver/body.ts';
import { ApiError, badRequest, methodNotAllowed } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import type { Retention } from '../store/retention.ts';
import { assertMayPath } from './access.ts';
import type { HistoryCall } from './call.ts';

const shape = (retention: Retention) => ({ kind: 'Retention', apiVersion: 'kedge.dev/v1', ...retention });

const invalid = (field: string, message: string): ApiError =>
  new ApiError('Invalid', `Retention.kedge.dev "retention" is invalid: ${field}: ${message}`, {
    name: 'retention',
    group: 'kedge.dev',
    kind: 'Retention',
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  });

const bytesOf = (value: unknown, field: string): number => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(field, `Invalid value: ${JSON.stringify(value) ?? 'null'}: must be a number of bytes, 0 or more`);
};

/** What is left out stays. @throws ApiError Invalid naming the field */
const toRetention = (value: unknown, present: Retention): Retention => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest('the body must be a JSON object');
  const { bytes, kinds, keepDeletedSealed, kind: _, apiVersion: _v, ...unknown } = value as Record<string, unknown>;
  const strange = Object.keys(unknown)[0];
  if (strange !== undefined) throw badRequest(`strict decoding error: unknown field ${JSON.stringify(strange)}`);
  if (kinds !== undefined && (typeof kinds !== 'object' || kinds === null || Array.isArray(kinds))) {
    throw invalid('kinds', 'Invalid value: must be an object of kinds and bytes');
  }
  if (keepDeletedSealed !== undefined && typeof keepDeletedSealed !== 'boolean') {
    throw invalid('keepDeletedSealed', 'Invalid value: must be true or false');
  }
  const given = Object.entries((kinds ?? present.kinds) as Record<string, unknown>).map(([resource, amount]) => {
    if (findByStorageKey(resource)?.storage !== 'durable' && !/^[a-z0-9-]+(\.[a-z0-9-]+)+\/[a-z0-9-]+$/.test(resource)) {
      throw invalid(`kinds[${resource}]`, 'Invalid value: must be a stored kind such as core/pods or apps/deployments');
    }
    return [resource, bytesOf(amount, `kinds[${resource}]`)] as const;
  });
  return {
    bytes: bytes === undefined ? present.bytes : bytesOf(bytes, 'bytes'),
    kinds: Object.fromEntries(given),
    keepDeletedSealed: keepDeletedSealed === undefined ? present.keepDeletedSealed : keepDeletedSealed === true,
  };
};

/** @throws ApiError */
export const retention = async ({ server, request, url, user, history }: HistoryCall): Promise<Response> => {
  await assertMayPath(server, user, request.method.toLowerCase(), url.pathname);
  if (request.method === 'GET' || request.method === 'HEAD') return json(shape(await history.retention()));
  if (request.method !== 'PUT') throw methodNotAllowed();
  const { value } = await parseText(new TextDecoder().decode(await readBytes(request)), 'json', 'Retention');
  const wanted = toRetention(value, await history.retention());
  await history.setRetention(wanted);
  return json(shape(wanted));
};
