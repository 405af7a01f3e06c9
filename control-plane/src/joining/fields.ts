/** What may stand in requests of this folder: each reader says what is wrong with a value, naming its field. */

import { parseText, readBytes, textOf } from '../apiserver/body.ts';
import { badRequest } from '../apiserver/errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

const maxBytes = 64 * 1024;

/** @throws ApiError BadRequest */
export const readFields = async (request: Request, kind: string): Promise<Fields> => {
  const bytes = await readBytes(request);
  if (bytes.length > maxBytes) throw badRequest(`a ${kind} has at most ${maxBytes} bytes`);
  if (bytes.length === 0) return {};
  const { value } = await parseText(textOf(bytes), 'json', kind);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(`a ${kind} is a JSON object`);
  return value as Fields;
};

const wrong = (field: string, why: string): never => {
  throw badRequest(`${field}: ${why}`);
};

/** Undefined when absent. @throws ApiError BadRequest unless it is text of this form */
export const textField = (fields: Fields, field: string, form: RegExp, why: string): string | undefined => {
  const value = fields[field];
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' && form.test(value) ? value : wrong(field, why);
};

export const required = <T>(value: T | undefined, field: string): T => (value === undefined ? wrong(field, 'is required') : value);

/** A whole number within bounds; undefined when absent. */
export const wholeField = (fields: Fields, field: string, [least, most]: readonly [number, number]): number | undefined => {
  const value = fields[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most)
    return wrong(field, `must be a whole number from ${least} to ${most}`);
  return value;
};

/** Texts of this form; empty when absent. */
export const listField = (fields: Fields, field: string, form: RegExp, why: string): readonly string[] => {
  const value = fields[field] ?? [];
  if (!Array.isArray(value) || value.length > 100) return wrong(field, 'must be a list of at most 100 texts');
  for (const [i, item] of value.entries()) if (typeof item !== 'string' || !form.test(item)) wrong(`${field}[${i}]`, why);
  return value as string[];
};
