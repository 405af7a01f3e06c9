/**
 * Constructors and wording of field errors, as upstream's `field` package. The text reaches clients in `status.message` and
 * `details.causes[]`, and tools match on it.
 */
import type { FieldError } from '../resource.ts';

const words = {
  required: ['Required value', 'FieldValueRequired'],
  invalid: ['Invalid value', 'FieldValueInvalid'],
  notSupported: ['Unsupported value', 'FieldValueNotSupported'],
  forbidden: ['Forbidden', 'FieldValueForbidden'],
  duplicate: ['Duplicate value', 'FieldValueDuplicate'],
  tooLong: ['Too long', 'FieldValueTooLong'],
  tooMany: ['Too many', 'FieldValueTooMany'],
  notFound: ['Not found', 'FieldValueNotFound'],
  typeInvalid: ['Invalid value', 'FieldValueTypeInvalid'],
} as const satisfies Record<FieldError['type'], readonly [string, string]>;

const withoutValue: ReadonlySet<FieldError['type']> = new Set<FieldError['type']>(['required', 'forbidden', 'tooLong']);

/** For an error about a field as a whole: its value is not printed. */
export const NO_VALUE = Symbol('no value');

export const required = (field: string, detail = ''): FieldError => ({ type: 'required', field, detail });
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({ type: 'invalid', field, value, detail });
export const forbidden = (field: string, detail: string): FieldError => ({ type: 'forbidden', field, detail });
export const duplicate = (field: string, value: unknown): FieldError => ({ type: 'duplicate', field, value, detail: '' });
export const notFound = (field: string, value: unknown, detail = ''): FieldError => ({ type: 'notFound', field, value, detail });
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError => ({ type: 'typeInvalid', field, value, detail });

/** `supported` is printed sorted. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  type: 'notSupported',
  field,
  value,
  detail: supported.length === 0 ? '' : `supported values: ${[...supported].sort().map(quote).join(', ')}`,
});

export const tooLong = (field: string, maxBytes: number): FieldError => ({
  type: 'tooLong',
  field,
  detail: `may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`,
});

export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  type: 'tooMany',
  field,
  value: actual,
  detail: `must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
});

/** A changed field that may not change. `value` is the new one. */
export const immutable = (field: string, value: unknown): FieldError => invalid(field, value, 'field is immutable');

/** A string as Go's %q prints it. */
export const quote = (text: string): string =>
  JSON.stringify(text)
    .replace(/\\(u00([01][0-9a-f])|.)/g, (found, _body, hex: string | undefined) => (hex ? `\\x${hex}` : found))
    .replaceAll('\u007f', '\\x7f');

const print = (value: unknown): string => {
  if (typeof value === 'string') return quote(value);
  if (value === undefined) return 'null';
  return JSON.stringify(value) ?? String(value);
};

/** The reason of the error's cause in a Status: `FieldValueRequired` and so on. */
export const causeReason = (error: FieldError): string => words[error.type][1];

/** Without the field: `Invalid value: "x": must be ...`. The message of a cause. */
export const fieldErrorBody = (error: FieldError): string => {
  const word = words[error.type][0];
  const head = withoutValue.has(error.type) || error.value === NO_VALUE ? word : `${word}: ${print(error.value)}`;
  return error.detail === '' ? head : `${head}: ${error.detail}`;
};

/** `spec.containers[0].name: Required value`. */
export const formatFieldError = (error: FieldError): string => `${error.field}: ${fieldErrorBody(error)}`;

/** Several errors as upstream aggregates them: one bare, more as `[a, b]`; repeated texts appear once. */
export const formatFieldErrors = (errors: readonly FieldError[]): string => {
  const texts = [...new Set(errors.map(formatFieldError))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
};
