/** The types of CEL, as the checker reasons about them. Immutable; simple ones are compared by identity, composed ones with `sameType`. */

export type CelType =
  | { readonly kind: 'simple'; readonly name: string }
  | { readonly kind: 'list'; readonly item: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'optional'; readonly value: CelType }
  /** Fields of a schema, by escaped name. Two objects are the same type when they are the same value. */
  | { readonly kind: 'object'; readonly name: string; readonly fields: ReadonlyMap<string, CelType> }
  /** A value of a library: net.IP, kubernetes.Quantity and others. */
  | { readonly kind: 'opaque'; readonly name: string }
  /** A parameter of an overload's signature. */
  | { readonly kind: 'param'; readonly name: string };

const simple = (name: string): CelType => ({ kind: 'simple', name });

export const DYN = simple('dyn');
export const BOOL = simple('bool');
export const INT = simple('int');
export const UINT = simple('uint');
export const DOUBLE = simple('double');
export const STRING = simple('string');
export const BYTES = simple('bytes');
export const NULL = simple('null_type');
export const TYPE = simple('type');
export const TIMESTAMP = simple('google.protobuf.Timestamp');
export const DURATION = simple('google.protobuf.Duration');

export const listOf = (item: CelType): CelType => ({ kind: 'list', item });
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: 'map', key, value });
export const optionalOf = (value: CelType): CelType => ({ kind: 'optional', value });
export const objectOf = (name: string, fields: ReadonlyMap<string, CelType>): CelType => ({ kind: 'object', name, fields });

export const simpleTypes: ReadonlyMap<string, CelType> = new Map([
  ...[DYN, BOOL, INT, UINT, DOUBLE, STRING, BYTES, NULL, TYPE, TIMESTAMP, DURATION].map(
    (type) => [(type as { name: string }).name, type] as const,
  ),
  ['null', NULL],
  ['timestamp', TIMESTAMP],
  ['duration', DURATION],
]);

export const isDyn = (type: CelType): boolean => type === DYN;

export const formatType = (type: CelType): string => {
  switch (type.kind) {
    case 'list':
      return `list(${formatType(type.item)})`;
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case 'optional':
      return `optional_type(${formatType(type.value)})`;
    default:
      return type.name === 'null_type' ? 'null' : type.name;
  }
};

export const sameType = (a: CelType, b: CelType): boolean => {
  if (a === b) return true;
  if (a.kind === 'list' && b.kind === 'list') return sameType(a.item, b.item);
  if (a.kind === 'map' && b.kind === 'map') return sameType(a.key, b.key) && sameType(a.value, b.value);
  if (a.kind === 'optional' && b.kind === 'optional') return sameType(a.value, b.value);
  return a.kind === 'opaque' && b.kind === 'opaque' && a.name === b.name;
};

const takesNull = (type: CelType): boolean =>
  type === NULL || type === TIMESTAMP || type === DURATION || type.kind === 'object' || type.kind === 'opaque' || type.kind === 'optional';

/** What both may be, dyn where one of them is; undefined when they do not go together. */
export const joinTypes = (a: CelType, b: CelType): CelType | undefined => {
  if (a === b) return a;
  if (isDyn(a) || isDyn(b)) return DYN;
  if (a === NULL && takesNull(b)) return b;
  if (b === NULL && takesNull(a)) return a;
  if (a.kind === 'list' && b.kind === 'list') return wrap(joinTypes(a.item, b.item), listOf);
  if (a.kind === 'optional' && b.kind === 'optional') return wrap(joinTypes(a.value, b.value), optionalOf);
  if (a.kind === 'map' && b.kind === 'map') {
    const key = joinTypes(a.key, b.key);
    const value = joinTypes(a.value, b.value);
    return key && value && mapOf(key, value);
  }
  return sameType(a, b) ? a : undefined;
};

const wrap = (inner: CelType | undefined, make: (type: CelType) => CelType): CelType | undefined => inner && make(inner);

/** Whether an argument fits a parameter; notes in `bound` what the parameters of the signature stand for. */
export const fitsParameter = (parameter: CelType, type: CelType, bound: Map<string, CelType>): boolean => {
  if (parameter.kind === 'param') {
    const before = bound.get(parameter.name);
    const joined = before ? joinTypes(before, type) : type;
    if (joined) bound.set(parameter.name, joined);
    return joined !== undefined;
  }
  if (isDyn(parameter)) return true;
  if (isDyn(type)) {
    bindDyn(parameter, bound);
    return true;
  }
  if (parameter.kind === 'list') return type.kind === 'list' && fitsParameter(parameter.item, type.item, bound);
  if (parameter.kind === 'optional') return type.kind === 'optional' && fitsParameter(parameter.value, type.value, bound);
  if (parameter.kind === 'map')
    return type.kind === 'map' && fitsParameter(parameter.key, type.key, bound) && fitsParameter(parameter.value, type.value, bound);
  return joinTypes(parameter, type) !== undefined;
};

const bindDyn = (parameter: CelType, bound: Map<string, CelType>): void => {
  if (parameter.kind === 'param') bound.set(parameter.name, DYN);
  else if (parameter.kind === 'list') bindDyn(parameter.item, bound);
  else if (parameter.kind === 'optional') bindDyn(parameter.value, bound);
  else if (parameter.kind === 'map') {
    bindDyn(parameter.key, bound);
    bindDyn(parameter.value, bound);
  }
};

/** The type with its parameters filled in; those nothing is known of are dyn. */
export const fillIn = (type: CelType, bound: ReadonlyMap<string, CelType>): CelType => {
  switch (type.kind) {
    case 'param':
      return bound.get(type.name) ?? DYN;
    case 'list':
      return listOf(fillIn(type.item, bound));
    case 'optional':
      return optionalOf(fillIn(type.value, bound));
    case 'map':
      return mapOf(fillIn(type.key, bound), fillIn(type.value, bound));
    default:
      return type;
  }
};
