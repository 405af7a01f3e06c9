/**
 * Two views of a set that pruning and schema changes need: with the declared fields on the way to its members, and as the schema of today
 * would name it.
 */
import { childrenOf, type FieldSet, isEmpty, isMember, member, nodeOf } from './field-set.ts';
import { childType, isNamed, type TypeSchema } from './type-schema.ts';

/** The type below an element, and whether the element is a declared field. */
const below = (type: TypeSchema, element: string): { readonly type: TypeSchema; readonly named: boolean } => {
  if (type.kind === 'map' && element.startsWith('f:')) {
    const name = element.slice(2);
    return { type: childType(type, name), named: isNamed(type, name) };
  }
  return { type: type.kind === 'list' ? type.item() : type, named: false };
};

/** The set with every declared field that has members below it; entries of free maps and items of lists are not added. */
export const withNamedFields = (type: TypeSchema, set: FieldSet): FieldSet => {
  const out: Record<string, FieldSet> = {};
  for (const element in set) {
    if (element === '.') continue;
    const node = set[element]!;
    const inner = below(type, element);
    out[element] = nodeOf(isMember(node) || inner.named, withNamedFields(inner.type, childrenOf(node))) ?? member;
  }
  return out;
};

const isAtomic = (type: TypeSchema): boolean =>
  type.kind === 'map' ? type.atomic : type.kind === 'list' ? type.listType === 'atomic' : type.kind === 'scalar';

/** Members below a field that has become atomic count as the field. Returns its argument when nothing changes. */
export const asOfToday = (type: TypeSchema, set: FieldSet): FieldSet => {
  const out: Record<string, FieldSet> = {};
  let changed = false;
  for (const element in set) {
    const node = set[element]!;
    const children = childrenOf(node);
    out[element] = node;
    if (element === '.' || isEmpty(children)) continue;
    const inner = below(type, element).type;
    const rest = isAtomic(inner) ? undefined : asOfToday(inner, children);
    if (rest === children) continue;
    out[element] = rest ? (nodeOf(isMember(node), rest) ?? member) : member;
    changed = true;
  }
  return changed ? out : set;
};
