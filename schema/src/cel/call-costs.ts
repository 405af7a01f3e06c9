/**
 * What calls may cost beyond their arguments, and how large their results may be, by the function's name. Those that are not named here cost 1.
 * Factors are upstream's: a character costs a tenth, a regular expression a quarter of its length for each tenth of a character.
 */
import { ANY_SIZE, exactly, plus, type Range, scaled, times, upTo } from './cost-range.ts';
import { eitherOf, type Shape, scalar, textOf, unknown } from './shapes.ts';
import { BOOL, BYTES, type CelType, DOUBLE, DURATION, INT, NULL, STRING, TIMESTAMP, UINT } from './types.ts';

export interface CallCost {
  readonly cost: Range;
  /** Absent: as the overload's result says. */
  readonly shape?: Shape;
}

/** Shapes of the arguments, the receiver first. */
export type CallRule = (args: readonly Shape[]) => CallCost;

const CHARACTER = 0.1;
const PATTERN = 0.25;
/** A look at roles. */
const AUTHORIZATION = 350_000;
const ONE = exactly(1);

const at = (args: readonly Shape[], i: number): Shape => args[i] ?? unknown;
const characters = (args: readonly Shape[], i = 0): Range => scaled(at(args, i).size, CHARACTER);
const reads: CallRule = (args) => ({ cost: characters(args) });

/** As large as the receiver at most. */
const cuts: CallRule = (args) => ({ cost: characters(args), shape: textOf(upTo(at(args, 0).size.max)) });
const keepsLength: CallRule = (args) => ({ cost: characters(args), shape: textOf(at(args, 0).size) });

const searches: CallRule = (args) => {
  const text = scaled(plus(at(args, 0).size, ONE), CHARACTER);
  return { cost: times(text, scaled(at(args, 1).size, PATTERN)), shape: scalar };
};

/** The shorter of both decides. */
const compares: CallRule = (args) => {
  const most = Math.min(at(args, 0).size.max, at(args, 1).size.max);
  return { cost: scaled({ min: most > 0 ? 1 : 0, max: most }, CHARACTER), shape: scalar };
};

const adds: CallRule = ([a = unknown, b = unknown]) => {
  const shape = { ...eitherOf(a, b), size: plus(a.size, b.size) };
  return a.text || b.text ? { cost: scaled(shape.size, CHARACTER), shape } : { cost: ONE, shape: a.item || b.item ? shape : scalar };
};

/** Each item is looked at once; texts character by character. */
const walks: CallRule = ([list = unknown]) => {
  const item = list.item?.text ? plus(ONE, scaled(list.item.size, CHARACTER)) : ONE;
  return { cost: times(list.size, item) };
};
const walksToItem: CallRule = (args) => ({ ...walks(args), shape: at(args, 0).item ?? unknown });

const indexes: CallRule = ([from = unknown]) => ({ cost: ONE, shape: from.item ?? unknown });
const holds: CallRule = ([value = unknown]) => ({ cost: ONE, shape: { size: upTo(1), item: value } });
const unwraps: CallRule = ([optional = unknown]) => ({ cost: ONE, shape: optional.item ?? unknown });
const sets: CallRule = (args) => ({ cost: times(at(args, 0).size, at(args, 1).size), shape: scalar });

const replaces: CallRule = ([text = unknown, , to = unknown]) => {
  const size = upTo(Math.max(text.size.max, text.size.max * Math.max(1, to.size.max)));
  return { cost: plus(scaled(text.size, CHARACTER), scaled(size, CHARACTER)), shape: textOf(size) };
};

const joins: CallRule = ([list = unknown, by]) => {
  const each = plus(list.item?.size ?? ANY_SIZE, by?.size ?? exactly(0));
  const size = upTo(times(list.size, each).max);
  return { cost: scaled(size, CHARACTER), shape: textOf(size) };
};

const splits: CallRule = (args) => {
  const { size } = at(args, 0);
  return { cost: characters(args), shape: { size: upTo(size.max), item: textOf(upTo(size.max)) } };
};

const authorizes: CallRule = () => ({ cost: exactly(AUTHORIZATION) });

/** Texts of numbers are short. */
const NUMBER_LENGTH = 32;
const texts: CallRule = ([value = unknown]) =>
  value.size.max === 1 && !value.text
    ? { cost: ONE, shape: textOf(upTo(NUMBER_LENGTH)) }
    : { cost: scaled(value.size, CHARACTER), shape: textOf(value.size) };

const rules: Readonly<Record<string, CallRule>> = {
  contains: (args) => ({ cost: times(characters(args), characters(args, 1)), shape: scalar }),
  startsWith: (args) => ({ cost: characters(args, 1), shape: scalar }),
  endsWith: (args) => ({ cost: characters(args, 1), shape: scalar }),
  matches: searches,
  find: (args) => ({ ...searches(args), shape: textOf(upTo(at(args, 0).size.max)) }),
  findAll: (args) => ({ ...searches(args), shape: splits(args).shape! }),
  '@in': ([, list = unknown]) => ({ cost: list.key ? ONE : list.size, shape: scalar }),
  '_==_': compares,
  '_!=_': compares,
  '_<_': compares,
  '_<=_': compares,
  '_>_': compares,
  '_>=_': compares,
  '_+_': adds,
  '_[_]': indexes,
  '_[?_]': ([from = unknown]) => ({ cost: ONE, shape: { size: upTo(1), item: from.item ?? unknown } }),
  'optional.of': holds,
  'optional.ofNonZeroValue': holds,
  value: unwraps,
  orValue: ([optional = unknown, other = unknown]) => ({ cost: ONE, shape: eitherOf(optional.item ?? unknown, other) }),
  or: ([optional = unknown]) => ({ cost: ONE, shape: optional }),
  string: texts,
  bytes: keepsLength,
  lowerAscii: keepsLength,
  upperAscii: keepsLength,
  reverse: keepsLength,
  trim: cuts,
  substring: cuts,
  charAt: (args) => ({ cost: characters(args), shape: textOf(upTo(4)) }),
  'strings.quote': (args) => ({ cost: characters(args), shape: textOf(upTo(at(args, 0).size.max * 2 + 2)) }),
  replace: replaces,
  join: joins,
  split: splits,
  indexOf: (args) => (at(args, 0).text ? { cost: times(characters(args), characters(args, 1)), shape: scalar } : walks(args)),
  lastIndexOf: (args) => (at(args, 0).text ? { cost: times(characters(args), characters(args, 1)), shape: scalar } : walks(args)),
  isSorted: walks,
  sum: walks,
  min: walksToItem,
  max: walksToItem,
  'sets.contains': sets,
  'sets.intersects': sets,
  'sets.equivalent': (args) => ({ cost: scaled(sets(args).cost, 2), shape: scalar }),
  url: reads,
  isURL: reads,
  ip: reads,
  isIP: reads,
  cidr: reads,
  isCIDR: reads,
  quantity: reads,
  isQuantity: reads,
  semver: reads,
  isSemver: reads,
  check: authorizes,
};

const simple: readonly CelType[] = [BOOL, INT, UINT, DOUBLE, NULL, TIMESTAMP, DURATION];

/** What is known of a value by its type alone. */
export const shapeOfType = (type: CelType): Shape => {
  if (simple.includes(type) || type.kind === 'opaque') return scalar;
  return type === STRING || type === BYTES ? textOf(ANY_SIZE) : unknown;
};

/** `results`: what the overloads that may be meant give. */
export const callCost = (name: string, args: readonly Shape[], results: readonly CelType[]): Required<CallCost> => {
  const { cost, shape = results.length > 0 ? results.map(shapeOfType).reduce(eitherOf) : unknown } = Object.hasOwn(rules, name)
    ? rules[name]!(args)
    : { cost: ONE };
  return { cost, shape };
};
