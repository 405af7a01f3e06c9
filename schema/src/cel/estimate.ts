/**
 * What an expression costs at least and at most, before it runs: from its syntax, and from how large the values may be that it reads. Loops are taken as
 * the comprehensions they stand for. The numbers are upstream's model, not the units an evaluation is paid with (errors.ts).
 */
import type { Call, Fold, Node, Select } from './ast.ts';
import { callCost } from './call-costs.ts';
import type { Checked } from './checker.ts';
import { exactly, NOTHING, plus, type Range, times, union, upTo } from './cost-range.ts';
import { eitherOf, type Shape, scalar, textOf, unknown } from './shapes.ts';

interface Scope {
  readonly name: string;
  readonly shape: Shape;
  readonly outer: Scope | undefined;
}

interface Estimate {
  readonly cost: Range;
  readonly shape: Shape;
}

const ONE = exactly(1);
const LIST = exactly(10);
const MAP = exactly(30);

/** `variables`: shapes by name; a variable that is not there may be anything. */
export const estimateCost = (node: Node, checked: Checked, variables: (name: string) => Shape | undefined): Range =>
  new Estimator(checked, variables).of(node, undefined).cost;

class Estimator {
  readonly #checked: Checked;
  readonly #variables: (name: string) => Shape | undefined;

  constructor(checked: Checked, variables: (name: string) => Shape | undefined) {
    this.#checked = checked;
    this.#variables = variables;
  }

  of(node: Node, scope: Scope | undefined): Estimate {
    switch (node.op) {
      case 'literal':
        return { cost: NOTHING, shape: literalShape(node.value) };
      case 'ident':
        return { cost: ONE, shape: this.#name(node.name, scope) };
      case 'select':
        return this.#select(node, scope);
      case 'call':
        return this.#call(node, scope);
      case 'and':
      case 'or': {
        const [first, ...rest] = node.args.map((arg) => this.of(arg, scope).cost);
        return { cost: { min: first!.min, max: plus(first!, ...rest).max }, shape: scalar };
      }
      case 'list': {
        const items = node.items.map((item) => this.of(item.node, scope));
        const item = items.length > 0 ? items.map(({ shape }) => shape).reduce(eitherOf) : unknown;
        return { cost: plus(LIST, ...items.map(({ cost }) => cost)), shape: { size: exactly(items.length), item } };
      }
      case 'map': {
        const keys = node.entries.map(({ key }) => this.of(key, scope));
        const values = node.entries.map(({ value }) => this.of(value, scope));
        const either = (all: readonly Estimate[]): Shape => (all.length > 0 ? all.map(({ shape }) => shape).reduce(eitherOf) : unknown);
        return {
          cost: plus(MAP, ...[...keys, ...values].map(({ cost }) => cost)),
          shape: { size: exactly(keys.length), key: either(keys), item: either(values) },
        };
      }
      case 'fold':
        return this.#fold(node, scope);
      case 'bind': {
        const value = this.of(node.value, scope);
        const body = this.of(node.body, { name: node.name, shape: value.shape, outer: scope });
        return { cost: plus(LIST, value.cost, body.cost), shape: body.shape };
      }
      case 'optMap': {
        const target = this.of(node.target, scope);
        const body = this.of(node.body, { name: node.name, shape: target.shape.item ?? unknown, outer: scope });
        const shape = node.flat ? body.shape : { size: upTo(1), item: body.shape };
        return { cost: plus(target.cost, LIST, exactly(3), upTo(body.cost.max)), shape };
      }
    }
  }

  #name(name: string, scope: Scope | undefined): Shape {
    for (let one = scope; one; one = one.outer) if (one.name === name) return one.shape;
    return this.#variables(name) ?? unknown;
  }

  #select(node: Select, scope: Scope | undefined): Estimate {
    const name = this.#checked.names.get(node);
    if (name !== undefined) return { cost: ONE, shape: this.#name(name, undefined) };
    const operand = this.of(node.operand, scope);
    const cost = plus(operand.cost, ONE);
    if (node.test) return { cost, shape: scalar };
    const from = operand.shape.field || operand.shape.key ? operand.shape : (operand.shape.item ?? operand.shape);
    const shape = from.field?.(node.field) ?? (from.key ? from.item : undefined) ?? unknown;
    return { cost, shape: node.optional || from !== operand.shape ? { size: upTo(1), item: shape } : shape };
  }

  #call(node: Call, scope: Scope | undefined): Estimate {
    const { name, target } = node;
    const method = target && !this.#checked.namespaced.has(node);
    const args = [...(method ? [target] : []), ...node.args].map((arg) => this.of(arg, scope));
    if (name === '_?_:_') {
      const [condition, yes, no] = args;
      return { cost: plus(condition!.cost, union(yes!.cost, no!.cost)), shape: eitherOf(yes!.shape, no!.shape) };
    }
    const overloads = this.#checked.overloads.get(node) ?? [];
    const { cost, shape } = callCost(
      overloadName(node, this.#checked),
      args.map((arg) => arg.shape),
      overloads.map(({ result }) => result),
    );
    return { cost: plus(cost, ...args.map((arg) => arg.cost)), shape };
  }

  #fold(node: Fold, scope: Scope | undefined): Estimate {
    const range = this.of(node.range, scope);
    const { key, item = unknown, size } = range.shape;
    const [first, second] = node.names;
    const one: Scope = { name: first!, shape: second === undefined ? (key ?? item) : (key ?? scalar), outer: scope };
    const inner = second === undefined ? one : { name: second, shape: item, outer: one };
    const body = this.of(node.body, inner);
    const filter = node.filter && this.of(node.filter, inner).cost;
    const { setUp, step } = stepOf(node.kind, body.cost, filter);
    const made: Range = upTo(size.max);
    const shapes: Readonly<Record<Fold['kind'], Shape>> = {
      all: scalar,
      exists: scalar,
      existsOne: scalar,
      filter: { size: made, item: one.shape },
      map: { size: made, item: body.shape },
      transformList: { size: made, item: body.shape },
      transformMap: { size: made, key: key ?? scalar, item: body.shape },
      transformMapEntry: { size: made, key: key ?? unknown, item: body.shape.item ?? unknown },
    };
    return { cost: plus(range.cost, exactly(setUp), times(size, step)), shape: shapes[node.kind] };
  }
}

/** What a comprehension costs once, and for each item: its condition, and the step that looks at the accumulator. */
const stepOf = (kind: Fold['kind'], body: Range, filter: Range | undefined): { readonly setUp: number; readonly step: Range } => {
  const kept = (step: Range): Range => (filter ? plus(filter, union(step, ONE)) : step);
  switch (kind) {
    case 'all':
      return { setUp: 1, step: { min: 3, max: plus(exactly(3), body).max } };
    case 'exists':
      return { setUp: 1, step: { min: 4, max: plus(exactly(4), body).max } };
    case 'existsOne':
      return { setUp: 2, step: plus(body, { min: 1, max: 2 }) };
    case 'filter':
      return { setUp: 11, step: plus(body, { min: 1, max: 13 }) };
    case 'map':
    case 'transformList':
      return { setUp: 11, step: kept(plus(exactly(12), body)) };
    default:
      return { setUp: 31, step: kept(plus(exactly(2), body)) };
  }
};

/** Functions of a namespace by their whole name. */
const overloadName = (node: Call, { namespaced }: Checked): string =>
  namespaced.has(node) && node.target?.op === 'ident' ? `${node.target.name}.${node.name}` : node.name;

const literalShape = (value: unknown): Shape => {
  if (typeof value === 'string') return textOf(exactly(value.length));
  return value instanceof Uint8Array ? textOf(exactly(value.length)) : scalar;
};
