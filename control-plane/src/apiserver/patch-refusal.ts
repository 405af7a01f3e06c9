/**
 * What Kubernetes says when a patch applies but makes an object that cannot be: 422 about the field `patch`. A strategic merge patch is shown as Go
 * prints a map and refused by the converter of maps; the other types show the patched object and are refused by the JSON decoder.
 */
import { goPrint } from '#schema/patch/go-print.ts';
import type { FieldError } from '#schema/resource.ts';
import { fieldErrorBody, formatFieldError, invalid } from '#schema/validation/errors.ts';
import { ApiError } from './errors.ts';

/** A reply does not grow with what a client sends. */
const maxShown = 8192;

const jsonError = /^json: cannot unmarshal (\w+).* into Go struct field \S+ of type (\S+)$/;
const goKinds: Readonly<Record<string, string>> = { number: 'int64', array: 'slice', object: 'map' };

/** The JSON decoder's words in those of the converter of maps. */
export const converterWords = (detail: string): string => {
  const [, word = '', type = ''] = jsonError.exec(detail) ?? [];
  if (!word) return detail;
  const kind = goKinds[word] ?? word;
  if (type.startsWith('map[')) return `cannot restore map from ${kind}`;
  if (type.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (type.includes('.')) return `cannot restore struct from: ${kind}`;
  return kind === 'int64' && type === 'string' ? 'cannot convert int64 to string' : `unrecognized type: ${type}`;
};

const shorten = (text: string): string => (text.length > maxShown ? `${text.slice(0, maxShown)}...` : text);

/** `shown` is the patch of a strategic merge, else the patched object. */
export const patchRefusal =
  (strategic: boolean, shown: unknown) =>
  (detail: string): ApiError => {
    const value = shorten(strategic ? goPrint(shown) : JSON.stringify(shown));
    const error: FieldError = invalid('patch', value, strategic ? converterWords(detail) : detail);
    return new ApiError('Invalid', ` "" is invalid: ${formatFieldError(error)}`, {
      causes: [{ reason: 'FieldValueInvalid', message: fieldErrorBody(error), field: 'patch' }],
    });
  };
