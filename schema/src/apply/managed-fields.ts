/**
 * metadata.managedFields: reading, ordering, bounding. An entry is identified by manager, operation and subresource, and for updates by the
 * version its fields are named in.
 */
import { isObject } from '../dsl/own.ts';
import { utf8Length } from '../dsl/utf8.ts';
import type { FieldError } from '../resource.ts';
import { invalid } from '../validation/errors.ts';
import { type FieldSet, parseFieldSet, sorted, union } from './field-set.ts';

export interface ManagedEntry {
  readonly apiVersion: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: FieldSet;
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** RFC 3339; absent in what clients wrote by hand. */
  readonly time?: string;
  readonly subresource?: string;
}

export type Owner = Pick<ManagedEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

/** Update entries above this number are merged into one for each version. */
export const maxUpdateManagers = 10;
const ancient = 'ancient-changes';

export const sameOwner = (a: Owner, b: Owner): boolean =>
  a.manager === b.manager &&
  a.operation === b.operation &&
  (a.subresource ?? '') === (b.subresource ?? '') &&
  (a.operation === 'Apply' || a.apiVersion === b.apiVersion);

export const entryOf = (owner: Owner, set: FieldSet, time: string | undefined): ManagedEntry => ({
  apiVersion: owner.apiVersion,
  fieldsType: 'FieldsV1',
  fieldsV1: sorted(set),
  manager: owner.manager,
  operation: owner.operation,
  ...(owner.subresource ? { subresource: owner.subresource } : {}),
  ...(time ? { time } : {}),
});

/** `[{}]`: the client wants all ownership forgotten. */
export const isReset = (list: unknown): boolean =>
  Array.isArray(list) && list.length === 1 && isObject(list[0]) && Object.keys(list[0]).length === 0;

/** Empty for an absent list; undefined when an entry cannot be understood. */
export const readManagedFields = (list: unknown): ManagedEntry[] | undefined => {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return undefined;
  const out: ManagedEntry[] = [];
  for (const item of list) {
    const { manager = '', operation, apiVersion, fieldsType, fieldsV1, subresource, time } = isObject(item) ? item : {};
    const set = fieldsV1 === undefined ? {} : parseFieldSet(fieldsV1);
    if (operation !== 'Apply' && operation !== 'Update') return undefined;
    if (typeof manager !== 'string' || typeof apiVersion !== 'string' || apiVersion === '' || fieldsType !== 'FieldsV1' || !set)
      return undefined;
    out.push({
      apiVersion,
      fieldsType,
      fieldsV1: set,
      manager,
      operation,
      ...(typeof subresource === 'string' && subresource !== '' ? { subresource } : {}),
      // seconds only, as every time in metadata: entries of one second are ordered by name
      ...(typeof time === 'string' ? { time: time.replace(/\.\d+/, '') } : {}),
    });
  }
  return out;
};

const maxManagerBytes = 128;

/** At most 128 bytes, printable. */
export const validateManagerName = (manager: string, path: string): FieldError[] => {
  if (utf8Length(manager) > maxManagerBytes) {
    return [{ type: 'tooLong', field: path, detail: `may not be more than ${maxManagerBytes} bytes` }];
  }
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(manager) ? [] : [invalid(path, manager, 'should only contain printable characters')];
};

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Applies first, then by time, manager, version and subresource. */
export const inOrder = (entries: readonly ManagedEntry[]): ManagedEntry[] =>
  [...entries].sort(
    (a, b) =>
      byText(a.operation, b.operation) ||
      byText(a.time ?? '', b.time ?? '') ||
      byText(a.manager, b.manager) ||
      byText(a.apiVersion, b.apiVersion) ||
      byText(a.subresource ?? '', b.subresource ?? ''),
  );

/** Merges the oldest updates of one version into one entry until at most `maxUpdateManagers` are left. Applies are never touched. */
export const capUpdates = (entries: readonly ManagedEntry[]): ManagedEntry[] => {
  let updates = entries.filter((e) => e.operation === 'Update').length;
  if (updates <= maxUpdateManagers) return [...entries];
  let out = [...entries];
  const firstOf = new Map<string, ManagedEntry>();
  const oldest = inOrder(entries).filter((e) => e.operation === 'Update');
  for (const entry of oldest) {
    if (updates <= maxUpdateManagers) break;
    const first = firstOf.get(entry.apiVersion);
    if (!first) {
      firstOf.set(entry.apiVersion, entry);
      continue;
    }
    const owner: Owner = { manager: ancient, operation: 'Update', apiVersion: entry.apiVersion };
    const bucket = entryOf(owner, union(first.fieldsV1, entry.fieldsV1), entry.time);
    out = [...out.filter((e) => e !== first && e !== entry), bucket];
    firstOf.set(entry.apiVersion, bucket);
    updates--;
  }
  return out;
};

/** Whether two lists say the same, times aside. Both must be ordered. */
export const sameOwnership = (a: readonly ManagedEntry[], b: readonly ManagedEntry[]): boolean => {
  if (a.length !== b.length) return false;
  const rest = [...b];
  return a.every((entry) => {
    const at = rest.findIndex((other) => sameOwner(entry, other));
    if (at < 0) return false;
    const [other] = rest.splice(at, 1);
    return entry.fieldsV1 === other!.fieldsV1 || JSON.stringify(sorted(entry.fieldsV1)) === JSON.stringify(sorted(other!.fieldsV1));
  });
};
