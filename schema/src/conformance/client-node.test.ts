/**
 * Field names and JSON types of every struct against the types of @kubernetes/client-node, which are made from upstream's OpenAPI document.
 */
import * as client from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { FieldType, Struct } from '../dsl/field.ts';
import { planOf, shortName } from '../dsl/plan.ts';
import { resources } from '../resources.ts';
import { roots } from './roots.ts';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

/** `<class>.<field>` where we differ on purpose, and why. */
const accepted: ReadonlyMap<string, string> = new Map([
  ['V1ListMeta.shardInfo', 'sharded lists are an alpha feature that Kedge does not offer'],
  ['V1CustomResourceSubresources.status', 'a message without fields, which theirs leaves open'],
]);

/** Served structs that @kubernetes/client-node has no attribute map of. */
const undescribed: ReadonlySet<string> = new Set(['NodeMetrics', 'PodMetrics', 'ContainerMetrics', 'CustomResourceSubresourceStatus']);

const attributesOf = (className: string): readonly Attribute[] => {
  const model = (client as unknown as Record<string, { getAttributeTypeMap?: () => Attribute[] }>)[className];
  if (!model?.getAttributeTypeMap) throw new Error(`@kubernetes/client-node has no class ${className}`);
  return model.getAttributeTypeMap();
};

/** Names of the scalar as client-node writes them: `type/format`. */
const scalarTypes: Readonly<Record<string, readonly string[]>> = {
  string: ['string/'],
  int32: ['number/int32'],
  int64: ['number/int64'],
  double: ['number/double'],
  bool: ['boolean/'],
  bytes: ['string/byte'],
  quantity: ['string/', 'string/quantity'],
  intOrString: ['IntOrString/int-or-string', 'IntOrString/'],
  time: ['Date/date-time'],
  microTime: ['V1MicroTime/date-time-micro'],
  duration: ['string/'],
  rawExtension: ['any/', 'object/'],
  json: ['any/', 'any/json'],
  fieldsV1: ['any/', 'object/'],
};

interface Walk {
  readonly problems: string[];
  readonly used: Set<string>;
  /** struct -> class */
  readonly seen: Map<Struct<any>, string>;
}

const compareType = (walk: Walk, at: string, type: FieldType, theirs: string, format: string): void => {
  const fail = (ours: string): void => {
    walk.problems.push(`${at}: ours is ${ours}, theirs ${theirs} (${format})`);
  };
  if (type.kind === 'list') {
    const item = /^Array<(.*)>$/.exec(theirs)?.[1];
    if (item) compareType(walk, at, type.item, item, format);
    else fail('a list');
  } else if (type.kind === 'map') {
    const value = /^\{ \[key: string\]: (.*); \}$/.exec(theirs)?.[1];
    if (value) compareType(walk, at, type.value, value, format);
    else fail('a map');
  } else if (type.kind === 'struct') {
    const struct = type.struct();
    if (theirs.endsWith(shortName(struct))) compareStruct(walk, struct, theirs);
    else fail(struct.name);
  } else if (!scalarTypes[type.scalar]!.includes(`${theirs}/${format}`)) fail(type.scalar);
};

const compareStruct = (walk: Walk, struct: Struct<any>, className: string): void => {
  const known = walk.seen.get(struct);
  if (known) {
    if (known !== className) walk.problems.push(`${struct.name} is both ${known} and ${className}`);
    return;
  }
  walk.seen.set(struct, className);
  const theirs = new Map(attributesOf(className).map((attribute) => [attribute.baseName, attribute]));
  const ours = planOf(struct).byName;
  for (const name of new Set([...theirs.keys(), ...ours.keys()])) {
    const at = `${className}.${name}`;
    if (accepted.has(at)) {
      walk.used.add(at);
      continue;
    }
    const attribute = theirs.get(name);
    const planned = ours.get(name);
    if (!attribute) walk.problems.push(`${at}: only ours`);
    else if (!planned) walk.problems.push(`${at}: only theirs`);
    else compareType(walk, at, planned.type, attribute.type, attribute.format);
  }
};

const reachable = (struct: Struct<any>, into: Set<Struct<any>>): Set<Struct<any>> => {
  if (into.has(struct)) return into;
  into.add(struct);
  const visit = (type: FieldType): void => {
    if (type.kind === 'struct') reachable(type.struct(), into);
    else if (type.kind === 'list') visit(type.item);
    else if (type.kind === 'map') visit(type.value);
  };
  for (const { type } of planOf(struct).fields) visit(type);
  return into;
};

describe('structs and @kubernetes/client-node', () => {
  const walk: Walk = { problems: [], used: new Set(), seen: new Map() };
  for (const { struct, className } of roots) compareStruct(walk, struct, className);

  it('agree on every field name and JSON type', () => {
    expect(walk.problems).toEqual([]);
    expect(walk.seen.size).toBeGreaterThan(150);
  });

  it('differ nowhere else than listed', () => {
    expect([...walk.used]).toEqual([...accepted.keys()]);
  });

  it('cover all that is served', () => {
    const served = new Set<Struct<any>>();
    for (const { versions, subresources } of resources) {
      for (const { schema } of versions) reachable(schema, served);
      for (const { schema } of subresources) if (schema) reachable(schema, served);
    }
    const missing = [...served].filter((struct) => !walk.seen.has(struct) && !undescribed.has(shortName(struct)));
    expect(missing.map((struct) => struct.name)).toEqual([]);
  });
});
