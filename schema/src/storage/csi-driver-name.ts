/** Names of storage drivers, and what to say about kinds that only drivers act on. */
import type { FieldError } from '../resource.ts';
import { invalid, required, tooLong } from '../validation/errors.ts';
import { isDNS1123Subdomain } from '../validation/names.ts';

const MAX_NAME = 63;

export const NO_DRIVERS = 'nodes of this cluster run no storage drivers (CSI): the object is stored and nothing acts on it';

export const validateDriverName = (name: string, path: string): FieldError[] => {
  if (name === '') return [required(path)];
  const errors = name.length > MAX_NAME ? [tooLong(path, MAX_NAME)] : [];
  return [...errors, ...isDNS1123Subdomain(name.toLowerCase()).map((problem) => invalid(path, name, problem))];
};
