/** Query parameters of a log request, checked with upstream's words. */

import { parseTime } from '#schema/meta/time.ts';
import type { FieldError } from '#schema/resource.ts';
import { invalid as invalidField, notSupported } from '#schema/validation/errors.ts';
import { badRequest, invalid } from './errors.ts';

export interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
}

const integerOf = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
};

const truthy = (query: URLSearchParams, name: string): boolean => {
  const text = query.get(name);
  return text !== null && !['false', '0'].includes(text);
};

const streams = ['All', 'Stderr', 'Stdout'];

/** @throws ApiError Invalid, BadRequest */
export const logOptions = (query: URLSearchParams): LogOptions => {
  const errors: FieldError[] = [];
  const tailLines = integerOf(query, 'tailLines');
  const limitBytes = integerOf(query, 'limitBytes');
  const sinceSeconds = integerOf(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const stream = query.get('stream');
  if (tailLines !== undefined && tailLines < 0) errors.push(invalidField('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1) errors.push(invalidField('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceTime) {
    errors.push({ type: 'forbidden', field: '', detail: 'at most one of `sinceTime` or `sinceSeconds` may be specified' });
  }
  if (sinceSeconds !== undefined && sinceSeconds < 1) errors.push(invalidField('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  if (sinceTime && Number.isNaN(parseTime(sinceTime))) {
    throw badRequest(
      `parsing time ${JSON.stringify(sinceTime)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(sinceTime)} as "2006"`,
    );
  }
  if (stream && !streams.includes(stream)) errors.push(notSupported('stream', stream, streams));
  if (errors.length > 0) throw invalid({ group: '', resource: '', kind: 'PodLogOptions' }, '', errors);
  return { container: query.get('container') ?? '', follow: truthy(query, 'follow'), previous: truthy(query, 'previous') };
};
