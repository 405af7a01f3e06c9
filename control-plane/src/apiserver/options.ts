/**
 * Query parameters of the verbs, checked with upstream's rules and words.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
import { validateManagerName } from '#schema/apply/managed-fields.ts';
import type { FieldError } from '#schema/resource.ts';
import { forbidden, notSupported } from '#schema/validation/errors.ts';
import { badRequest, invalid } from './errors.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
}

const optionsNamed = (kind: string) => ({ group: 'meta.k8s.io', resource: '', kind });
const validations = ['Ignore', 'Strict', 'Warn'];

/** `kind` is CreateOptions, UpdateOptions, PatchOptions or DeleteOptions. @throws ApiError Invalid */
export const writeOptions = (kind: string, query: URLSearchParams): WriteOptions => {
  const errors: FieldError[] = [];
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((v) => v !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']));
  const fieldManager = query.get('fieldManager') ?? '';
  errors.push(...validateManagerName(fieldManager, 'fieldManager'));
  const validation = query.get('fieldValidation') || 'Warn';
  if (!validations.includes(validation)) errors.push(notSupported('fieldValidation', validation, validations));
  if (errors.length > 0) throw invalid(optionsNamed(kind), '', errors);
  return { dryRun: dryRun.length > 0, fieldManager, fieldValidation: validation as WriteOptions['fieldValidation'] };
};

/** Options of a patch that is not an apply. @throws ApiError Invalid */
export const patchOptions = (query: URLSearchParams): WriteOptions => {
  const options = writeOptions('PatchOptions', query);
  if (query.has('force')) throw invalid(optionsNamed('PatchOptions'), '', [forbidden('force', 'may not be specified for non-apply patch')]);
  return options;
};

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** '' when unset; else decimal digits. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string;
  readonly timeoutSeconds: number | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

/** undefined: not given. */
export const booleanOf = (query: URLSearchParams, name: string): boolean | undefined => {
  const text = query.get(name);
  if (text === null) return undefined;
  return !['false', '0', 'f', 'F', 'False', 'FALSE'].includes(text);
};

const integer = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
};

const largestVersion = 2n ** 64n - 1n;

/** '' or digits: what no store will ever reach counts as the largest number there is. @throws ApiError BadRequest */
export const resourceVersionOf = (query: URLSearchParams): string => {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return text;
  const isNumber = /^\d{1,100}$/.test(text);
  if (!isNumber || BigInt(text) > largestVersion) {
    const quoted = JSON.stringify(text);
    const problem = isNumber ? 'value out of range' : 'invalid syntax';
    throw badRequest(`resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${problem}`);
  }
  return Number(text) > Number.MAX_SAFE_INTEGER ? String(Number.MAX_SAFE_INTEGER) : text;
};

export const isWatch = (query: URLSearchParams): boolean => booleanOf(query, 'watch') ?? false;

/** @throws ApiError Invalid, BadRequest */
export const listOptions = (query: URLSearchParams, watch: boolean): ListOptions => {
  const options: ListOptions = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    resourceVersion: resourceVersionOf(query),
    resourceVersionMatch: (query.get('resourceVersionMatch') ?? '') as ListOptions['resourceVersionMatch'],
    limit: Math.max(0, integer(query, 'limit') ?? 0),
    continueToken: query.get('continue') ?? '',
    timeoutSeconds: integer(query, 'timeoutSeconds'),
    allowWatchBookmarks: booleanOf(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: booleanOf(query, 'sendInitialEvents'),
  };
  const errors = watch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalid(optionsNamed('ListOptions'), '', errors);
  return options;
};

const match = 'resourceVersionMatch';

const watchErrors = (o: ListOptions): FieldError[] => {
  const errors: FieldError[] = [];
  if (o.sendInitialEvents === undefined) {
    if (o.resourceVersionMatch) errors.push(forbidden(match, `${match} is forbidden for watch unless sendInitialEvents is provided`));
  } else if (o.resourceVersionMatch !== 'NotOlderThan') {
    if (!o.resourceVersionMatch) errors.push(forbidden(match, `sendInitialEvents requires setting ${match} to NotOlderThan`));
    else errors.push(notSupported(match, o.resourceVersionMatch, ['NotOlderThan']));
  }
  if (o.continueToken) errors.push(forbidden('continue', 'continue is forbidden for watch'));
  return errors;
};

const listErrors = (o: ListOptions): FieldError[] => {
  const errors: FieldError[] = [];
  if (o.sendInitialEvents !== undefined) errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (!o.resourceVersionMatch) return errors;
  if (!o.resourceVersion) errors.push(forbidden(match, `${match} is forbidden unless resourceVersion is provided`));
  if (o.continueToken) errors.push(forbidden(match, `${match} is forbidden when continue is provided`));
  if (o.resourceVersionMatch !== 'Exact' && o.resourceVersionMatch !== 'NotOlderThan') {
    errors.push(notSupported(match, o.resourceVersionMatch, ['Exact', 'NotOlderThan']));
  }
  if (o.resourceVersionMatch === 'Exact' && o.resourceVersion === '0') {
    errors.push(forbidden(match, `${match} "exact" is forbidden for resourceVersion "0"`));
  }
  return errors;
};
