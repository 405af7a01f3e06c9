/** For tests that send what no client should: where an object can be changed, and to what. Used in process and over sockets. */

export type Place = readonly (string | number)[];

/** Names that every object has, and no table means by them. */
export const inherited = ['constructor', 'toString', '__proto__'] as const;

/** Values that are right somewhere and wrong everywhere else. */
export const words = [
  '',
  'a',
  'A_b',
  'true',
  '1',
  '-1',
  '10Gi',
  '2026-01-01T00:00:00Z',
  '*',
  '{',
  '\u0000',
  '%',
  'None',
  '10.43.0.1',
  ...inherited,
] as const;

/** Every path into a value, the value's own (empty) one first. */
export const paths = (value: unknown, at: Place = []): Place[] =>
  typeof value === 'object' && value !== null
    ? [at, ...Object.entries(value).flatMap(([k, v]) => paths(v, [...at, Array.isArray(value) ? Number(k) : k]))]
    : [at];

/** A copy of `value` with `by` at the path; undefined takes the member away. */
export const replaced = (value: any, [step, ...rest]: Place, by: unknown): unknown => {
  if (step === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[step] = replaced(copy[step], rest, by);
  return copy;
};
