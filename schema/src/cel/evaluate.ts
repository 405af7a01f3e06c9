/**
 * Evaluates a checked expression. Every step is paid from the budget, loops item by item, so that no expression runs longer than its limit;
 * recursion follows the syntax, whose depth the parser bounds. @throws CelError, CostLimitError
 */
import type { Call, Fold, ListNode, Logic, MapNode, Node, Select } from './ast.ts';
import type { Checked } from './checker.ts';
import { type Budget, CelError, noSuchKey, noSuchOverload } from './errors.ts';
import { type CallContext, takesValue } from './overloads.ts';
import { typeNames } from './type-names.ts';
import { CelMap, isList, keyMark, MadeMap, Optional, typeNameOf, type Value } from './values.ts';

interface Scope {
  readonly name: string;
  readonly value: Value;
  readonly outer: Scope | undefined;
}

/** Throwing is dearer than a step. */
const SWALLOWED = 5;

export type Variables = (name: string) => Value | undefined;

export const evaluate = (node: Node, checked: Checked, variables: Variables, budget: Budget): Value =>
  new Evaluator(checked, variables, budget).run(node, undefined);

class Evaluator {
  readonly #checked: Checked;
  readonly #variables: Variables;
  readonly #budget: Budget;
  readonly #context: CallContext;

  constructor(checked: Checked, variables: Variables, budget: Budget) {
    this.#checked = checked;
    this.#variables = variables;
    this.#budget = budget;
    this.#context = { budget };
  }

  run(node: Node, scope: Scope | undefined): Value {
    this.#budget.spend(1);
    switch (node.op) {
      case 'literal':
        return node.value;
      case 'ident':
        return this.#name(node.name, scope);
      case 'select':
        return this.#select(node, scope);
      case 'call':
        return this.#call(node, scope);
      case 'and':
      case 'or':
        return this.#logic(node, scope);
      case 'list':
        return this.#list(node, scope);
      case 'map':
        return this.#map(node, scope);
      case 'fold':
        return this.#fold(node, scope);
      case 'bind':
        return this.run(node.body, { name: node.name, value: this.run(node.value, scope), outer: scope });
      case 'optMap': {
        const target = this.run(node.target, scope);
        if (!(target instanceof Optional)) throw noSuchOverload();
        if (target.value === undefined) return Optional.none;
        const result = this.run(node.body, { name: node.name, value: target.value, outer: scope });
        return node.flat ? result : new Optional(result);
      }
    }
  }

  #name(name: string, scope: Scope | undefined): Value {
    for (let one = scope; one; one = one.outer) if (one.name === name) return one.value;
    const value = this.#checked.reads.has(name) ? this.#variables(name) : typeNames.get(name);
    if (value === undefined) throw new CelError(`no such attribute(s): ${name}`);
    return value;
  }

  #select(node: Select, scope: Scope | undefined): Value {
    const name = this.#checked.names.get(node);
    if (name !== undefined) return this.#name(name, undefined);
    const operand = this.run(node.operand, scope);
    const optional = operand instanceof Optional;
    const from = optional ? operand.value : operand;
    if (from === undefined) return node.test ? false : Optional.none;
    if (!(from instanceof CelMap)) {
      if (node.optional || optional) return Optional.none;
      throw noSuchOverload();
    }
    const value = from.get(node.field);
    if (node.test) return value !== undefined;
    if (node.optional || optional) return value === undefined ? Optional.none : new Optional(value);
    if (value === undefined) throw noSuchKey(node.field);
    return value;
  }

  #call(node: Call, scope: Scope | undefined): Value {
    const { name, target } = node;
    if (name === '_?_:_') {
      const condition = this.run(node.args[0]!, scope);
      if (typeof condition !== 'boolean') throw noSuchOverload();
      return this.run(node.args[condition ? 1 : 2]!, scope);
    }
    const method = target && !this.#checked.namespaced.has(node);
    const first = method ? this.run(target, scope) : undefined;
    if (first instanceof Optional && first.value !== undefined) {
      // what is not needed is not evaluated
      if (name === 'orValue') return first.value;
      if (name === 'or') return first;
    }
    const args: Value[] = first === undefined ? [] : [first];
    for (const arg of node.args) args.push(this.run(arg, scope));
    for (const overload of this.#checked.overloads.get(node) ?? []) {
      if (overload.parameters.every((parameter, i) => takesValue(parameter, args[i]!))) return overload.call(args, this.#context);
    }
    throw noSuchOverload();
  }

  /** An operand that cannot be evaluated does not matter when another one decides. */
  #logic(node: Logic, scope: Scope | undefined): Value {
    const decides = node.op === 'or';
    let failed: CelError | undefined;
    for (const arg of node.args) {
      const value = this.#attempt(arg, scope);
      if (value === decides) return decides;
      if (typeof value !== 'boolean') failed ??= value instanceof CelError ? value : noSuchOverload();
    }
    if (failed) throw failed;
    return !decides;
  }

  #attempt(node: Node, scope: Scope | undefined): Value | CelError {
    try {
      return this.run(node, scope);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      this.#budget.spend(SWALLOWED);
      return error;
    }
  }

  #list(node: ListNode, scope: Scope | undefined): Value {
    const items: Value[] = [];
    for (const { node: one, optional } of node.items) {
      const value = this.run(one, scope);
      if (!optional) items.push(value);
      else if (!(value instanceof Optional)) throw noSuchOverload();
      else if (value.value !== undefined) items.push(value.value);
    }
    return items;
  }

  #map(node: MapNode, scope: Scope | undefined): Value {
    const entries = new Map<string, readonly [Value, Value]>();
    for (const { key, value, optional } of node.entries) {
      const name = this.run(key, scope);
      const given = this.run(value, scope);
      if (optional && !(given instanceof Optional)) throw noSuchOverload();
      const held = optional ? (given as Optional).value : given;
      if (held !== undefined) this.#put(entries, name, held);
      else this.#mark(name);
    }
    return new MadeMap(entries);
  }

  #mark(key: Value): string {
    const mark = typeof key === 'number' ? undefined : keyMark(key);
    if (mark === undefined) throw new CelError(`unsupported key type: ${typeNameOf(key)}`);
    return mark;
  }

  #put(entries: Map<string, readonly [Value, Value]>, key: Value, value: Value): void {
    const mark = this.#mark(key);
    if (entries.has(mark)) throw new CelError(`insert failed: key ${String(mark.slice(1))} already exists`);
    entries.set(mark, [key, value]);
  }

  #fold(node: Fold, scope: Scope | undefined): Value {
    const range = this.run(node.range, scope);
    const two = node.names.length === 2;
    // its keys are listed, whatever the loop reads of them
    if (range instanceof CelMap) this.#budget.spend(range.size * 0.1);
    const list = isList(range) ? range : range instanceof CelMap ? range.keys() : undefined;
    if (!list) throw noSuchOverload();
    const scopeOf = (item: Value, index: number): Scope => {
      this.#budget.spend(1);
      const [first, second] = node.names;
      if (!two) return { name: first!, value: item, outer: scope };
      const [key, value]: readonly [Value, Value] = range instanceof CelMap ? [item, range.get(item)!] : [BigInt(index), item];
      return { name: second!, value, outer: { name: first!, value: key, outer: scope } };
    };
    switch (node.kind) {
      case 'all':
        return this.#quantify(node, list, scopeOf, false);
      case 'exists':
        return this.#quantify(node, list, scopeOf, true);
      case 'existsOne':
        return list.filter((item, i) => this.#holds(node.body, scopeOf(item, i))).length === 1;
      case 'filter':
        return list.filter((item, i) => this.#holds(node.body, scopeOf(item, i)));
      case 'map':
      case 'transformList':
        return this.#transformed(node, list, scopeOf).map(([, value]) => value);
      case 'transformMap':
        return this.#collect(this.#transformed(node, list, scopeOf));
      case 'transformMapEntry':
        return this.#collect(
          this.#transformed(node, list, scopeOf).flatMap(([, made]) => {
            if (!(made instanceof CelMap)) throw noSuchOverload();
            return made.keys().map((key): readonly [Value, Value] => [key, made.get(key)!]);
          }),
        );
    }
  }

  #holds(node: Node, scope: Scope): boolean {
    const value = this.run(node, scope);
    if (typeof value !== 'boolean') throw noSuchOverload();
    return value;
  }

  #quantify(node: Fold, list: readonly Value[], scopeOf: (item: Value, i: number) => Scope, decides: boolean): boolean {
    let failed: CelError | undefined;
    for (const [i, item] of list.entries()) {
      const value = this.#attempt(node.body, scopeOf(item, i));
      if (value === decides) return decides;
      if (typeof value !== 'boolean') failed ??= value instanceof CelError ? value : noSuchOverload();
    }
    if (failed) throw failed;
    return !decides;
  }

  /** Key or index with what the body makes of it, of those that the filter lets through. */
  #transformed(node: Fold, list: readonly Value[], scopeOf: (item: Value, i: number) => Scope): (readonly [Value, Value])[] {
    const { filter, body } = node;
    const made: (readonly [Value, Value])[] = [];
    for (const [i, item] of list.entries()) {
      const scope = scopeOf(item, i);
      if (!filter || this.#holds(filter, scope))
        made.push([scope.outer && node.names.length === 2 ? scope.outer.value : item, this.run(body, scope)]);
    }
    return made;
  }

  #collect(pairs: readonly (readonly [Value, Value])[]): MadeMap {
    const entries = new Map<string, readonly [Value, Value]>();
    for (const [key, value] of pairs) this.#put(entries, key, value);
    return new MadeMap(entries);
  }
}
