/** Takes the members of a set out of an object: fields with all they hold, list items whole. A map or list that ends up empty becomes null. */
import { type JsonObject, setOwn } from '../dsl/own.ts';
import { type FieldSet, isEmpty, isMember } from './field-set.ts';
import { fieldElement, knownElement } from './path.ts';
import { childType, listOf, mapOf, type TypeSchema, viewOf } from './type-schema.ts';

const remove = (type: TypeSchema, value: unknown, set: FieldSet): unknown => {
  const view = viewOf(type, value);
  if (view.as === 'leaf') return value;
  if (view.as === 'list') {
    const items = listOf(value);
    const kept: unknown[] = [];
    items.forEach((item, i) => {
      const node = set[knownElement(view.list, item, i)];
      if (node === undefined) kept.push(item);
      else if (!isMember(node)) {
        const rest = remove(view.list.item(), item, node);
        if (rest !== undefined) kept.push(rest);
      }
    });
    return kept.length > 0 ? kept : undefined;
  }
  const map = mapOf(value);
  const out: JsonObject = {};
  for (const key of Object.keys(map)) {
    const node = set[fieldElement(key)];
    if (node === undefined) setOwn(out, key, map[key]);
    else if (!isMember(node)) {
      // somebody owns the field itself, else it would be a member: it stays, holding nothing
      setOwn(out, key, remove(childType(view.map, key), map[key], node) ?? null);
    }
  }
  return Object.keys(out).length > 0 ? out : undefined;
};

/** A copy without the members of `set`; parts that are not touched are shared. */
export const removeItems = (type: TypeSchema, object: unknown, set: FieldSet): JsonObject =>
  isEmpty(set) ? mapOf(object) : mapOf(remove(type, object, set));
