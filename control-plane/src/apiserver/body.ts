/**
 * Request bodies: JSON, YAML and Kubernetes protobuf, within limits, to a decoded object of the served version. Unknown and duplicate fields
 * are an error, a warning or nothing, as `fieldValidation` says; protobuf has no unknown names.
 */
import { decode } from '#schema/dsl/decode.ts';
import type { Struct } from '#schema/dsl/field.ts';
import { JsonError, parseJson } from '#schema/dsl/json.ts';
import { decodeProto } from '#schema/dsl/proto.ts';
import { decodeEnvelope, ProtoError } from '#schema/proto/envelope.ts';
import { resources } from '#schema/resources.ts';
import { invalid as invalidField } from '#schema/validation/errors.ts';
import { apiVersionOf } from '../registry/version-views.ts';
import { type ApiError, badRequest, invalid, tooLarge, unsupportedMediaType } from './errors.ts';
import type { WriteOptions } from './options.ts';
import { YamlError } from './yaml-error.ts';

export const maxRequestBytes = 3 * 1024 * 1024;

const protobuf = 'application/vnd.kubernetes.protobuf';

/** Media type of the body without parameters, lower case; '' when absent. */
export const mediaType = (request: Request): string => (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();

/** Whoever still sends when its connection ends may never see the answer: some more is read, and thrown away. */
const maxDiscardedBytes = 32 * 1024 * 1024;

/** Reads on, to the end or for as long as it may. Never throws. */
export const discard = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> => {
  try {
    for (let size = 0; size < maxDiscardedBytes; ) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.length;
    }
    await reader.cancel();
  } catch {
    // the client is gone
  }
};

/** @throws ApiError RequestEntityTooLarge */
export const readBytes = async (request: Request): Promise<Uint8Array> => {
  const stated = request.headers.get('content-length');
  // a length that is told is kept to: without a stream, Node.js reads it for a fraction of the cost
  if (stated && Number(stated) <= maxRequestBytes) return new Uint8Array(await request.arrayBuffer());
  if (!request.body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  if (Number(stated ?? 0) > maxRequestBytes) {
    await discard(reader);
    throw tooLarge(maxRequestBytes);
  }
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxRequestBytes) {
      await discard(reader);
      throw tooLarge(maxRequestBytes);
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
};

export interface Expected {
  readonly schema: Struct<any>;
  /** `apps/v1`. */
  readonly groupVersion: string;
  readonly kind: string;
  /** Other versions of the same form. */
  readonly also?: readonly string[];
}

/** As `Expected.groupVersion`: whatever the body says. */
export const anyVersion = '*';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** @throws ApiError BadRequest */
export const textOf = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    throw badRequest('the body of the request is not valid UTF-8');
  }
};

const versionOf = (groupVersion: string): string => groupVersion.slice(groupVersion.indexOf('/') + 1);
const cannotHandle = ({ kind, groupVersion }: Expected, why: string, got = kind) =>
  badRequest(`${got} in version ${JSON.stringify(versionOf(groupVersion))} cannot be handled as a ${kind}: ${why}`);

const maxShownBytes = 30;
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The beginning of a body that could not be read, for the error: an object as it is, anything else in hexadecimal digits. */
const shownOf = (text: string): string => {
  if (text === '') return '<empty>';
  const bytes = new TextEncoder().encode(text.slice(0, maxShownBytes + 1));
  const start = bytes.subarray(0, maxShownBytes);
  return `${text.startsWith('{') ? new TextDecoder().decode(start) : hexOf(start)}${bytes.length > maxShownBytes ? ' ...' : ''}`;
};

const unrecognized = (kind: string, why: string, text: string): ApiError =>
  badRequest(`the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; ${why} (${shownOf(text)})`);

/** Parsed JSON or YAML (whose parser is loaded with the first who sends it), with what is wrong but tolerable. @throws ApiError BadRequest */
export const parseText = async (
  text: string,
  format: 'json' | 'yaml',
  kind: string,
): Promise<{ readonly value: unknown; readonly duplicates: string[] }> => {
  try {
    if (format === 'json') return parseJson(text);
    const { parseYamlText } = await import('./yaml-text.ts');
    return parseYamlText(text);
  } catch (error) {
    if (error instanceof JsonError || error instanceof YamlError) {
      const parser = format === 'json' ? 'json parse error' : 'yaml: error converting YAML to JSON';
      throw unrecognized(kind, `${parser}: ${error.message}`, text);
    }
    throw error;
  }
};

/** Unknown and duplicate fields, as the request wants them treated. @throws ApiError BadRequest for Strict */
export const judgeFields = (
  problems: readonly string[],
  expected: Expected,
  validation: WriteOptions['fieldValidation'],
  warnings: string[],
  refusal = (why: string): ApiError => cannotHandle(expected, why),
): void => {
  if (problems.length === 0 || validation === 'Ignore') return;
  if (validation === 'Strict') throw refusal(`strict decoding error: ${problems.join(', ')}`);
  warnings.push(...problems);
};

/** Checks types and apiVersion/kind, prunes. @throws ApiError BadRequest */
export const decodeValue = (
  value: unknown,
  expected: Expected,
  options: {
    readonly fieldValidation: WriteOptions['fieldValidation'];
    readonly warnings: string[];
    readonly duplicates?: readonly string[];
    /** What `value` was read from. */
    readonly text?: string;
    /** @see DecodeOptions.known */
    readonly known?: unknown;
    /** Default: BadRequest, as for a body. */
    readonly refusal?: (why: string) => ApiError;
  },
): any => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const target = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    const why = `json parse error: json: cannot unmarshal ${wordOf(value)} into Go value of type ${target}`;
    throw unrecognized(expected.kind, why, options.text ?? JSON.stringify(value));
  }
  checkType(value, expected, options);
  const decoded = decode(expected.schema, value, { strict: options.fieldValidation !== 'Ignore', known: options.known });
  const { refusal = (why: string) => cannotHandle(expected, why) } = options;
  if (decoded.errors.length > 0) throw refusal(decoded.errors[0]!.detail);
  judgeFields([...(options.duplicates ?? []), ...decoded.unknownFields], expected, options.fieldValidation, options.warnings, refusal);
  return { ...decoded.value, apiVersion: expected.groupVersion, kind: expected.kind };
};

const wordOf = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

const textual = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Kubernetes' own package of the objects of a group, as its errors name it. */
const packageOf = (group: string): string => (group === '' || group === 'events.k8s.io' ? 'core' : group.split('.')[0]!);
const groupOf = (groupVersion: string): string => groupVersion.slice(0, Math.max(0, groupVersion.indexOf('/')));

const isKnown = (groupVersion: string, kind: string): boolean =>
  resources.some(
    (definition) => definition.kind === kind && definition.versions.some((one) => apiVersionOf(definition, one) === groupVersion),
  );

const notRegistered = (groupVersion: string, kind: string): string =>
  `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(groupVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
const unconvertible = (from: string, to: string): string => `converting (${from}) to (${to}): unknown conversion`;

/** Of a custom resource the kind is a field like others. */
const wrongKind = (value: { readonly kind?: unknown; readonly metadata?: any }, { groupVersion, kind }: Expected): ApiError =>
  invalid({ group: groupOf(groupVersion), resource: '', kind }, textual(value.metadata?.name), [
    invalidField('kind', value.kind, `must be ${kind}`),
  ]);

interface Source {
  readonly text?: string;
  readonly fieldValidation?: WriteOptions['fieldValidation'];
  readonly refusal?: (why: string) => ApiError;
}

/** Nothing but its own word tells what a custom resource is. */
const missingKind = (value: unknown, expected: Expected, source: Source): ApiError => {
  const text = source.text ?? JSON.stringify(value);
  const why = `Object 'Kind' is missing in '${text}'`;
  if (source.refusal) return source.refusal(why);
  if (source.fieldValidation === 'Ignore') return cannotHandle(expected, why);
  return badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${shownOf(text)})`);
};

/** A body without a type is what the path says; a custom resource says it itself. @throws ApiError BadRequest; of a custom resource Invalid */
const checkType = (
  value: { readonly apiVersion?: unknown; readonly kind?: unknown; readonly metadata?: unknown },
  expected: Expected,
  source: Source = {},
): void => {
  const custom = expected.schema.data !== undefined;
  if (custom && !textual(value.kind)) throw missingKind(value, expected, source);
  const kind = textual(value.kind) || expected.kind;
  const groupVersion = textual(value.apiVersion) || (custom ? '' : expected.groupVersion);
  const isAny = expected.groupVersion === anyVersion;
  const isAccepted = groupVersion === expected.groupVersion || isAny || expected.also?.includes(groupVersion);
  if (isAccepted && kind === expected.kind) return;
  const refused = (why: string): ApiError => cannotHandle({ ...expected, groupVersion }, why, kind);
  if (isAny) throw refused(unconvertible(kind, expected.kind));
  if (custom && isAccepted) throw wrongKind(value, expected);
  if (!custom) {
    const own = packageOf(groupOf(expected.groupVersion));
    if (!isKnown(groupVersion, kind)) throw refused(notRegistered(groupVersion, kind));
    if (kind !== expected.kind || packageOf(groupOf(groupVersion)) !== own)
      throw refused(unconvertible(`${versionOf(groupVersion)}.${kind}`, `${own}.${expected.kind}`));
  }
  throw badRequest(`the API version in the data (${groupVersion}) does not match the expected API version (${expected.groupVersion})`);
};

/** The body of a create or update. An empty body gives undefined. @throws ApiError BadRequest, UnsupportedMediaType, RequestEntityTooLarge */
export const readObject = async (
  request: Request,
  expected: Expected,
  options: { readonly fieldValidation: WriteOptions['fieldValidation']; readonly warnings: string[] },
): Promise<any> => {
  const type = mediaType(request);
  const format = type === '' || type === 'application/json' ? 'json' : type === 'application/yaml' ? 'yaml' : undefined;
  if (!format && type !== protobuf) throw unsupportedMediaType();
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  if (!format) return readProtobuf(bytes, expected);
  const text = textOf(bytes);
  const { value, duplicates } = await parseText(text, format, expected.kind);
  return decodeValue(value, expected, { ...options, duplicates, text });
};

/** The refusal of a create or update without a body. */
export const emptyBody = ({ kind }: Pick<Expected, 'kind'>): ApiError =>
  unrecognized(kind, 'json parse error: unexpected end of JSON input', '');

const readProtobuf = (bytes: Uint8Array, expected: Expected): any => {
  try {
    const { apiVersion, kind, raw } = decodeEnvelope(bytes);
    checkType({ apiVersion, kind }, expected);
    return { ...decodeProto(expected.schema, raw), apiVersion: expected.groupVersion, kind: expected.kind };
  } catch (error) {
    if (error instanceof ProtoError) throw cannotHandle(expected, error.message);
    throw error;
  }
};
