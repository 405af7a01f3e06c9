/**
 * What changed between two objects, field by field. Items of a list are matched by their `name` (else `type`, `uid`, `key`) where all have one, and by position
 * otherwise, so that a container that moved is no change of every container. Pure.
 */
import { getOwn } from '#schema/dsl/own.ts';

export interface FieldChange {
  readonly op: 'add' | 'remove' | 'replace';
  /** `spec.template.spec.containers[name=app].image`, `metadata.labels[app.kubernetes.io/name]`, `spec.args[2]`. */
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const identities = ['name', 'type', 'uid', 'key'] as const;

/** The field that tells the items of both lists apart; undefined when none does. */
const identityOf = (a: readonly Json[], b: readonly Json[]): string | undefined =>
  identities.find((field) =>
    [a, b].every(
      (list) =>
        list.every((item) => isObject(item) && typeof item[field] === 'string') &&
        new Set(list.map((item) => (item as JsonObject)[field])).size === list.length,
    ),
  );

const step = (path: string, field: string): string =>
  /^[A-Za-z_][A-Za-z0-9_-]*$/.test(field) ? (path === '' ? field : `${path}.${field}`) : `${path}[${field}]`;

const compare = (path: string, from: Json, to: Json, out: FieldChange[]): void => {
  if (from === to) return;
  if (from === undefined) out.push({ op: 'add', path, to });
  else if (to === undefined) out.push({ op: 'remove', path, from });
  else if (isObject(from) && isObject(to)) {
    for (const field of new Set([...Object.keys(from), ...Object.keys(to)])) {
      compare(step(path, field), getOwn(from, field), getOwn(to, field), out);
    }
  } else if (Array.isArray(from) && Array.isArray(to)) compareLists(path, from, to, out);
  else out.push({ op: 'replace', path, from, to });
};

const compareLists = (path: string, from: readonly Json[], to: readonly Json[], out: FieldChange[]): void => {
  const identity = identityOf(from, to);
  if (!identity) {
    for (let index = 0; index < Math.max(from.length, to.length); index++) compare(`${path}[${index}]`, from[index], to[index], out);
    return;
  }
  const byIdentity = (list: readonly Json[]) => new Map(list.map((item) => [(item as JsonObject)[identity] as string, item]));
  const [before, after] = [byIdentity(from), byIdentity(to)];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    compare(`${path}[${identity}=${name}]`, before.get(name), after.get(name), out);
  }
};

/** Of objects: resourceVersion and managedFields differ in every version and say nothing of it. */
export const diffObjects = (from: JsonObject, to: JsonObject): FieldChange[] => {
  const plain = (object: JsonObject): JsonObject => {
    if (!isObject(object.metadata)) return object;
    const { resourceVersion: _rv, managedFields: _mf, ...metadata } = object.metadata;
    return { ...object, metadata };
  };
  const out: FieldChange[] = [];
  compare('', plain(from), plain(to), out);
  return out;
};
