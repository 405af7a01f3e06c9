/**
 * Schema stamps: a short text that differs when two schemas would default or prune an object differently. Made from the description itself and the text of the
 * definition's own defaults, on first use, so that nobody has to remember to raise a number.
 */
import { decode } from '#schema/dsl/decode.ts';
import type { FieldType, Struct } from '#schema/dsl/field.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { Stamps } from '../store/stamped.ts';
import { encodeBody } from './body.ts';
import { applyAllDefaults } from './plan.ts';

/** cyrb53 in base 36: 53 bits, enough to tell the schemas one cluster sees in its life apart. */
const hash = (text: string): string => {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36);
};

const structs = new WeakMap<Struct<any>, string>();

/** `open` are the structs on the way here: a message that contains itself is named. */
const structHash = (struct: Struct<any>, open: Set<Struct<any>>): string => {
  const known = structs.get(struct);
  if (known) return known;
  if (open.has(struct)) return struct.name;
  open.add(struct);
  const fields = Object.entries(struct.fields).map(([name, field]) => {
    const { type, pointer, inline, default: value } = field as Struct<any>['fields'][string];
    return [name, typeText(type, open), pointer, inline, value ?? null];
  });
  open.delete(struct);
  const made = hash(JSON.stringify([struct.name, fields]));
  // Inside a cycle the hash depends on where it was entered: only a whole one is kept.
  if (open.size === 0) structs.set(struct, made);
  return made;
};

const typeText = (type: FieldType, open: Set<Struct<any>>): unknown => {
  switch (type.kind) {
    case 'struct':
      return structHash(type.struct(), open);
    case 'list':
      return ['list', typeText(type.item, open)];
    case 'map':
      return ['map', typeText(type.value, open)];
    default:
      return type;
  }
};

const stamps = new WeakMap<ResourceDefinition, string>();

/** What bodies of this kind are stamped with now. */
export const stampOf = (definition: ResourceDefinition): string => {
  const known = stamps.get(definition);
  if (known) return known;
  const { schema, version } = definition.versions.find((v) => v.storage)!;
  const made = hash(JSON.stringify([version, structHash(schema, new Set()), definition.defaults?.toString() ?? '']));
  stamps.set(definition, made);
  return made;
};

/** A stored body in the present schema. Text that is not an object of this kind stays as it is. */
export const refreshBody = (definition: ResourceDefinition, body: string): string => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return body;
  }
  const { schema } = definition.versions.find((v) => v.storage)!;
  const object = decode<KubeObject>(schema, value, { strict: false }).value;
  if (typeof object.metadata !== 'object') return body;
  applyAllDefaults(definition, object);
  return encodeBody(definition, object);
};

/** `find` by storage key; what it does not know is neither stamped nor refreshed. */
export const createStamps = (find: (resource: string) => ResourceDefinition | undefined): Stamps => ({
  stampOf: (resource) => {
    const definition = find(resource);
    return definition && stampOf(definition);
  },
  refresh: (resource, body) => {
    const definition = find(resource);
    return definition ? refreshBody(definition, body) : body;
  },
});
