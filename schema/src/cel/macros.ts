/** Calls that are no calls: has(), the loops over lists and maps, cel.bind() and those of optionals. */
import type { Fold, FoldKind, Node } from './ast.ts';
import { above } from './depth.ts';
import { CelSyntaxError } from './issue.ts';

interface Loop {
  readonly kind: FoldKind;
  /** Numbers of arguments: one loop variable, and two; each with whether a filter stands before the body. */
  readonly one?: Readonly<Record<number, boolean>>;
  readonly two?: Readonly<Record<number, boolean>>;
}

const loops: ReadonlyMap<string, Loop> = new Map<string, Loop>([
  ['all', { kind: 'all', one: { 2: false }, two: { 3: false } }],
  ['exists', { kind: 'exists', one: { 2: false }, two: { 3: false } }],
  ['exists_one', { kind: 'existsOne', one: { 2: false } }],
  ['existsOne', { kind: 'existsOne', one: { 2: false }, two: { 3: false } }],
  ['map', { kind: 'map', one: { 2: false, 3: true } }],
  ['filter', { kind: 'filter', one: { 2: false } }],
  ['transformList', { kind: 'transformList', two: { 3: false, 4: true } }],
  ['transformMap', { kind: 'transformMap', two: { 3: false, 4: true } }],
  ['transformMapEntry', { kind: 'transformMapEntry', two: { 3: false, 4: true } }],
]);

const nameOf = (node: Node, what: string): string => {
  if (node.op !== 'ident') throw new CelSyntaxError(node.pos, what);
  return node.name;
};

const loopOf = (name: string, range: Node, args: readonly Node[], pos: number): Fold | undefined => {
  const loop = loops.get(name);
  const two = loop?.two?.[args.length];
  const filtered = two ?? loop?.one?.[args.length];
  if (!loop || filtered === undefined) return undefined;
  const names = args.slice(0, two === undefined ? 1 : 2).map((arg) => nameOf(arg, 'argument must be a simple name'));
  if (names.length === 2 && names[0] === names[1]) throw new CelSyntaxError(args[1]!.pos, 'duplicate variable name');
  const [first, second] = args.slice(names.length);
  const body = filtered ? second! : first!;
  return {
    op: 'fold',
    kind: loop.kind,
    range,
    names,
    ...(filtered ? { filter: first! } : {}),
    body,
    pos,
    depth: above(pos, range, ...args),
  };
};

/** What a call with this name and these arguments stands for; undefined: the call it seems to be. */
export const macroOf = (name: string, target: Node | undefined, args: readonly Node[], pos: number): Node | undefined => {
  const [first, second, third] = args;
  if (!target) {
    if (name !== 'has' || args.length !== 1) return undefined;
    if (first!.op !== 'select' || first!.test) throw new CelSyntaxError(first!.pos, 'invalid argument to has() macro');
    return { ...first!, test: true, pos };
  }
  if (name === 'bind' && args.length === 3 && target.op === 'ident' && target.name === 'cel') {
    const bound = nameOf(first!, 'cel.bind() variable names must be simple identifiers');
    return { op: 'bind', name: bound, value: second!, body: third!, pos, depth: above(pos, second, third) };
  }
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    const bound = nameOf(first!, `${name}() variable name must be a simple identifier`);
    return { op: 'optMap', target, name: bound, body: second!, flat: name === 'optFlatMap', pos, depth: above(pos, target, second) };
  }
  return loopOf(name, target, args, pos);
};
