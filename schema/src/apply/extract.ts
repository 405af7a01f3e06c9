/**
 * The set of fields an object states. Declared fields that hold something are named by what they hold; entries of free maps and items of lists
 * are members themselves.
 */
import { isObject } from '../dsl/own.ts';
import { emptySet, type FieldSet, member, nodeOf } from './field-set.ts';
import { fieldElement, knownElement } from './path.ts';
import { childType, isNamed, listOf, mapOf, type TypeSchema, viewOf } from './type-schema.ts';

interface Extracted {
  readonly itself: boolean;
  readonly children: FieldSet;
}

const leaf: Extracted = { itself: true, children: emptySet };

const isHollow = (value: unknown): boolean => value === null || (isObject(value) && Object.keys(value).length === 0);

const extract = (type: TypeSchema, value: unknown): Extracted => {
  const view = viewOf(type, value);
  if (view.as === 'leaf') return leaf;
  const children: Record<string, FieldSet> = {};
  if (view.as === 'map') {
    const map = mapOf(value);
    for (const key of Object.keys(map)) {
      if (map[key] === undefined) continue;
      const inner = extract(childType(view.map, key), map[key]);
      const itself = inner.itself || isHollow(map[key]) || !isNamed(view.map, key);
      const node = nodeOf(itself, inner.children);
      if (node) children[fieldElement(key)] = node;
    }
  } else {
    listOf(value).forEach((item, i) => {
      const element = knownElement(view.list, item, i);
      children[element] ??= nodeOf(true, view.list.listType === 'set' ? emptySet : extract(view.list.item(), item).children) ?? member;
    });
  }
  return { itself: false, children };
};

/** `value` is a whole object; the result is a root. */
export const fieldSetOf = (type: TypeSchema, value: unknown): FieldSet => extract(type, value).children;
