/**
 * Errors as Kubernetes words them. Code throws ApiError through one of the constructors below; `toStatus` is the only function that builds a
 * failure Status. Clients match on `reason`, `code`, `details` and often on the text.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
import type { FieldError, ResourceDefinition } from '#schema/resource.ts';
import { causeReason, fieldErrorBody, formatFieldErrors } from '#schema/validation/errors.ts';

/** Reason -> HTTP code. A reason that shares its code with another one says more; the code is what clients fall back to. */
export const reasons = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type Reason = keyof typeof reasons;

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A failure the caller is told of. Everything else that is thrown becomes a 500 that names no internals. */
export class ApiError extends Error {
  readonly reason: Reason;
  readonly code: number;
  readonly details: StatusDetails | undefined;
  /** metadata.continue of the Status: an expired list tells where to go on. */
  readonly continueToken: string | undefined;
  constructor(reason: Reason, message: string, details?: StatusDetails, continueToken?: string) {
    super(message);
    this.name = 'ApiError';
    this.reason = reason;
    this.code = reasons[reason];
    this.details = details;
    this.continueToken = continueToken;
  }
}

/** A refusal that is likely to pass by itself within a second: a caller that can wait should try again before it gives up. */
export class NotYet extends ApiError {
  constructor(error: ApiError) {
    super(error.reason, error.message, error.details);
    this.name = 'NotYet';
  }
}

/** The parts of a definition that errors name. `group` of the served form where it differs. */
export type Named = Pick<ResourceDefinition, 'group' | 'resource' | 'kind'>;

/** `pods`, `deployments.apps`. */
export const qualified = (of: Pick<Named, 'group' | 'resource'>): string => (of.group ? `${of.resource}.${of.group}` : of.resource);

const detailsOf = (of: Pick<Named, 'group' | 'resource'>, name: string, more: StatusDetails = {}): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(of.group ? { group: of.group } : {}),
  kind: of.resource,
  ...more,
});

export const badRequest = (message: string): ApiError => new ApiError('BadRequest', message);
export const unauthorized = (): ApiError => new ApiError('Unauthorized', 'Unauthorized');

/** `pods "x" is forbidden: <why>`. */
export const forbidden = (of: Pick<Named, 'group' | 'resource'>, name: string, why: string, causes?: readonly StatusCause[]): ApiError =>
  new ApiError(
    'Forbidden',
    name ? `${qualified(of)} "${name}" is forbidden: ${why}` : `${qualified(of)} is forbidden: ${why}`,
    detailsOf(of, name, causes ? { causes } : {}),
  );

export const notFound = (of: Pick<Named, 'group' | 'resource'>, name: string): ApiError =>
  new ApiError('NotFound', `${qualified(of)} "${name}" not found`, detailsOf(of, name));

const NOWHERE = 'the server could not find the requested resource';

/** No such path in a group that is served. */
export const unknownPath = (): ApiError => new ApiError('NotFound', NOWHERE, {});

/** No such path at all: told as plain text, as Kubernetes does where no group is concerned. */
export class PageNotFound extends ApiError {
  constructor() {
    super('NotFound', NOWHERE, {});
    this.name = 'PageNotFound';
  }
}

export const alreadyExists = (of: Pick<Named, 'group' | 'resource'>, name: string, more = ''): ApiError =>
  new ApiError('AlreadyExists', `${qualified(of)} "${name}" already exists${more}`, detailsOf(of, name));

/** `Operation cannot be fulfilled on pods "x": <why>`. */
export const conflict = (of: Pick<Named, 'group' | 'resource'>, name: string, why: string): ApiError =>
  new ApiError('Conflict', `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`, detailsOf(of, name));

export const staleObject = 'the object has been modified; please apply your changes to the latest version and try again';

export const invalid = (of: Named, name: string, errors: readonly FieldError[]): ApiError =>
  new ApiError('Invalid', `${qualifiedKind(of)} "${name}" is invalid: ${formatFieldErrors(errors)}`, {
    ...(name ? { name } : {}),
    ...(of.group ? { group: of.group } : {}),
    kind: of.kind,
    causes: errors.map((e) => ({ reason: causeReason(e), message: fieldErrorBody(e), field: e.field })),
  });

const qualifiedKind = (of: Named): string => (of.group ? `${of.kind}.${of.group}` : of.kind);

export const methodNotAllowed = (): ApiError =>
  new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** Of custom resources, which know their verbs by name. */
export const notSupportedOn = (of: Pick<Named, 'group' | 'resource'>, verb: string): ApiError =>
  new ApiError('MethodNotAllowed', `${verb} is not supported on resources of kind "${qualified(of)}"`, detailsOf(of, ''));

const writable = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

export const unsupportedMediaType = (accepted: string = writable): ApiError =>
  new ApiError('UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted}`, {});

export const notAcceptable = (accepted = 'application/json, application/yaml'): ApiError =>
  new ApiError('NotAcceptable', `only the following media types are accepted: ${accepted}`, {});

export const tooLarge = (limitBytes: number): ApiError =>
  new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`, {});

/** 410 of a watch. */
export const expired = (message: string, continueToken?: string): ApiError => new ApiError('Expired', message, undefined, continueToken);

export const tooManyRequests = (message: string, retryAfterSeconds: number, causes?: readonly StatusCause[]): ApiError =>
  new ApiError('TooManyRequests', message, { ...(retryAfterSeconds ? { retryAfterSeconds } : {}), ...(causes ? { causes } : {}) });

export const serviceUnavailable = (message: string, retryAfterSeconds = 1): ApiError =>
  new ApiError('ServiceUnavailable', message, { retryAfterSeconds });

export const timeout = (message: string): ApiError => new ApiError('Timeout', message, { retryAfterSeconds: 1 });

/** 504 that client-go knows: it waits a second and asks again. */
export class FutureVersion extends ApiError {
  readonly asked: number;
  readonly current: number;
  constructor(asked: number, current: number) {
    super('Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
    this.name = 'FutureVersion';
    this.asked = asked;
    this.current = current;
  }
}

export const futureResourceVersion = (asked: number, current: number): ApiError => new FutureVersion(asked, current);

export const internal = (why: string): ApiError =>
  new ApiError('InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });

export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string; readonly resourceVersion?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export const toStatus = (error: ApiError): StatusBody => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: error.continueToken ? { continue: error.continueToken } : {},
  status: 'Failure',
  message: error.message,
  reason: error.reason,
  ...(error.details ? { details: error.details } : {}),
  code: error.code,
});

/** The Status a delete answers with when the object is gone. */
export const successStatus = (of: Pick<Named, 'group' | 'resource'>, name: string, uid?: string): StatusBody => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: detailsOf(of, name, uid ? { uid } : {}),
});
