/** The syntax of a CEL expression. Macros stand as nodes of their own, so that checking and evaluating see loops as loops. */

import type { CelType } from './types.ts';
import type { Value } from './values.ts';

interface Base {
  /** Offset in the text, in UTF-16 units: of an operator or call where errors are shown. */
  readonly pos: number;
  /** Levels below this one; bounded by the parser. */
  readonly depth: number;
}

export type Literal = Base & { readonly op: 'literal'; readonly value: Value; readonly type: CelType };
export type Ident = Base & { readonly op: 'ident'; readonly name: string };
export type Select = Base & {
  readonly op: 'select';
  readonly operand: Node;
  readonly field: string;
  /** `a.?b` */
  readonly optional: boolean;
  /** `has(a.b)` */
  readonly test: boolean;
};
/** Functions, methods (with a target) and operators, these by names as `_+_`. */
export type Call = Base & { readonly op: 'call'; readonly name: string; readonly target?: Node; readonly args: readonly Node[] };
/** `a && b && c` and the like: flat, so that long ones are not deep. */
export type Logic = Base & { readonly op: 'and' | 'or'; readonly args: readonly Node[] };
export type ListNode = Base & { readonly op: 'list'; readonly items: readonly { readonly node: Node; readonly optional: boolean }[] };
export type MapNode = Base & {
  readonly op: 'map';
  readonly entries: readonly { readonly key: Node; readonly value: Node; readonly optional: boolean }[];
};
export type FoldKind = 'all' | 'exists' | 'existsOne' | 'map' | 'filter' | 'transformList' | 'transformMap' | 'transformMapEntry';
export type Fold = Base & {
  readonly op: 'fold';
  readonly kind: FoldKind;
  readonly range: Node;
  /** One name; two where the loop runs over index and item, or key and value. */
  readonly names: readonly string[];
  readonly filter?: Node;
  readonly body: Node;
};
/** `cel.bind(name, value, body)`. */
export type Bind = Base & { readonly op: 'bind'; readonly name: string; readonly value: Node; readonly body: Node };
/** `optional.optMap(name, body)`; flat: the body gives an optional itself. */
export type OptMap = Base & {
  readonly op: 'optMap';
  readonly target: Node;
  readonly name: string;
  readonly body: Node;
  readonly flat: boolean;
};

export type Node = Literal | Ident | Select | Call | Logic | ListNode | MapNode | Fold | Bind | OptMap;
