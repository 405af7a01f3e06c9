/** `?revision=N` or `?time=T`: a moment of the past as a revision. */
import { parseTime } from '#schema/meta/time.ts';
import { badRequest } from '../apiserver/errors.ts';
import type { History } from '../store/history.ts';

/** @throws ApiError BadRequest naming the parameter */
export const toRevision = (text: string, parameter: string): number => {
  const revision = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(revision))
    throw badRequest(`${parameter}: ${JSON.stringify(text)} is not a revision`);
  return revision;
};

/** undefined when the query names no moment. @throws ApiError BadRequest */
export const momentOf = async (history: History, query: URLSearchParams): Promise<number | undefined> => {
  const [revision, time] = [query.get('revision'), query.get('time')];
  if (revision !== null && time !== null) throw badRequest('revision and time: give one of them');
  if (revision !== null) return toRevision(revision, 'revision');
  if (time === null) return undefined;
  const atMs = parseTime(time);
  if (Number.isNaN(atMs)) throw badRequest(`time: ${JSON.stringify(time)} is not an RFC 3339 time such as 2026-01-31T12:00:00Z`);
  return history.revisionAt(atMs);
};
