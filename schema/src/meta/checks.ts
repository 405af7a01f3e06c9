/** Checks of single values that many kinds share. Each gives a list of errors, empty when the value is good or absent. */
import type { FieldError } from '../resource.ts';
import { invalid } from '../validation/errors.ts';
import { inclusiveRangeError, isValidPercent, isValidPortName, isValidPortNum } from '../validation/names.ts';

export const AT_LEAST_ZERO = 'must be greater than or equal to 0';

/** The problems of a value as errors of its field. */
export const problems = (path: string, value: unknown, found: readonly string[]): FieldError[] =>
  found.map((problem) => invalid(path, value, problem));

export const nonNegative = (path: string, value: number | undefined): FieldError[] =>
  value !== undefined && value < 0 ? [invalid(path, value, AT_LEAST_ZERO)] : [];

export const positive = (path: string, value: number | undefined): FieldError[] =>
  value !== undefined && value <= 0 ? [invalid(path, value, 'must be greater than 0')] : [];

export const between = (path: string, value: number | undefined, low: number, high: number): FieldError[] =>
  value !== undefined && (value < low || value > high) ? [invalid(path, value, inclusiveRangeError(low, high))] : [];

/** A port by number or by name. */
export const portNumberOrName = (path: string, port: number | string): FieldError[] =>
  problems(path, port, typeof port === 'number' ? isValidPortNum(port) : isValidPortName(port));

/** A count, or a percentage such as `25%`. */
export const nonNegativeOrPercent = (path: string, value: number | string | undefined): FieldError[] => {
  if (typeof value === 'string') return problems(path, value, isValidPercent(value));
  return nonNegative(path, value);
};
