/**
 * Types of an expression: finds unknown names and fields and calls that no overload takes, all of them, in upstream's words; and for every call
 * the overloads that may be meant. What is dyn is judged when it is evaluated.
 */
import type { Bind, Call, Fold, ListNode, Logic, MapNode, Node, OptMap, Select } from './ast.ts';
import type { Issue } from './issue.ts';
import type { Functions, Overload } from './overloads.ts';
import { typeNames } from './type-names.ts';
import {
  BOOL,
  type CelType,
  DYN,
  fillIn,
  fitsParameter,
  formatType,
  INT,
  isDyn,
  joinTypes,
  listOf,
  mapOf,
  optionalOf,
  sameType,
  TYPE,
} from './types.ts';

export interface Checked {
  readonly type: CelType;
  readonly issues: readonly Issue[];
  readonly overloads: ReadonlyMap<Call, readonly Overload[]>;
  /** Calls of functions in a namespace (`ip.isCanonical`), whose target is no value. */
  readonly namespaced: ReadonlySet<Call>;
  /** Selections that are names: `authorizer.requestResource`, `google.protobuf.Timestamp`. */
  readonly names: ReadonlyMap<Select, string>;
  /** Variables of the environment that are read. */
  readonly reads: ReadonlySet<string>;
}

export interface Environment {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: Functions;
}

/** Names that loops and bindings bring, innermost first. */
interface Scope {
  readonly name: string;
  readonly type: CelType;
  readonly outer: Scope | undefined;
}

export const check = (node: Node, environment: Environment): Checked => new Checker(environment).run(node);

/** `a.b.c` as one name. */
const dotted = (node: Node): string | undefined => {
  if (node.op === 'ident') return node.name;
  if (node.op !== 'select' || node.optional || node.test) return undefined;
  const before = dotted(node.operand);
  return before === undefined ? undefined : `${before}.${node.field}`;
};

class Checker {
  readonly #environment: Environment;
  readonly #issues: Issue[] = [];
  readonly #overloads = new Map<Call, readonly Overload[]>();
  readonly #namespaced = new Set<Call>();
  readonly #names = new Map<Select, string>();
  readonly #reads = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  run(node: Node): Checked {
    const type = this.#check(node, undefined);
    return { type, issues: this.#issues, overloads: this.#overloads, namespaced: this.#namespaced, names: this.#names, reads: this.#reads };
  }

  #fail(pos: number, message: string): CelType {
    this.#issues.push({ pos, message });
    return DYN;
  }

  #check(node: Node, scope: Scope | undefined): CelType {
    switch (node.op) {
      case 'literal':
        return node.type;
      case 'ident':
        return this.#name(node.name, scope) ?? this.#fail(node.pos, `undeclared reference to '${node.name}' (in container '')`);
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
        return this.#bind(node, scope);
      case 'optMap':
        return this.#optMap(node, scope);
    }
  }

  #name(name: string, scope: Scope | undefined): CelType | undefined {
    for (let one = scope; one; one = one.outer) if (one.name === name) return one.type;
    const variable = this.#environment.variables.get(name);
    if (variable) this.#reads.add(name);
    return variable ?? (typeNames.has(name) ? TYPE : undefined);
  }

  /** A variable of a loop goes before a name that begins alike. */
  #shadowed(whole: string, scope: Scope | undefined): boolean {
    const first = whole.split('.')[0];
    for (let one = scope; one; one = one.outer) if (one.name === first) return true;
    return false;
  }

  #isName(name: string, scope: Scope | undefined): boolean {
    for (let one = scope; one; one = one.outer) if (one.name === name) return true;
    return this.#environment.variables.has(name);
  }

  #select(node: Select, scope: Scope | undefined): CelType {
    const whole = node.test || node.optional ? undefined : dotted(node);
    const named = whole === undefined || this.#shadowed(whole, scope) ? undefined : this.#name(whole, undefined);
    if (named) {
      this.#names.set(node, whole!);
      return named;
    }
    const operand = this.#check(node.operand, scope);
    const from = operand.kind === 'optional' ? operand.value : operand;
    const found = this.#field(from, node);
    if (node.test) return BOOL;
    return node.optional || operand.kind === 'optional' ? optionalOf(found) : found;
  }

  #field(type: CelType, { field, pos }: Select): CelType {
    if (isDyn(type)) return DYN;
    if (type.kind === 'map') return type.value;
    if (type.kind === 'object') return type.fields.get(field) ?? this.#fail(pos, `undefined field '${field}'`);
    return this.#fail(pos, `type '${formatType(type)}' does not support field selection`);
  }

  #logic(node: Logic, scope: Scope | undefined): CelType {
    for (const arg of node.args) {
      const type = this.#check(arg, scope);
      if (!isDyn(type) && type !== BOOL) {
        const others = node.args.map((one) => (one === arg ? formatType(type) : 'bool')).slice(0, 2);
        this.#fail(node.pos, `found no matching overload for '${node.op === 'and' ? '_&&_' : '_||_'}' applied to '(${others.join(', ')})'`);
      }
    }
    return BOOL;
  }

  #call(node: Call, scope: Scope | undefined): CelType {
    const { name, target } = node;
    const space = target && dotted(target);
    if (space !== undefined && !this.#isName(space.split('.')[0]!, scope) && this.#environment.functions.has(`${space}.${name}`)) {
      this.#namespaced.add(node);
      return this.#resolve(node, `${space}.${name}`, false, this.#all(node.args, scope));
    }
    const types = this.#all(target ? [target, ...node.args] : node.args, scope);
    return this.#resolve(node, name, target !== undefined, types);
  }

  #all(nodes: readonly Node[], scope: Scope | undefined): CelType[] {
    return nodes.map((arg) => this.#check(arg, scope));
  }

  #resolve(node: Call, name: string, method: boolean, types: readonly CelType[]): CelType {
    const known = this.#environment.functions.get(name);
    if (!known) return this.#fail(node.pos, `undeclared reference to '${name}' (in container '')`);
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of known) {
      const { parameters } = overload;
      if (overload.method !== method || parameters.length !== types.length) continue;
      const bound = new Map<string, CelType>();
      if (!parameters.every((parameter, i) => fitsParameter(parameter, types[i]!, bound))) continue;
      const own = fillIn(overload.result, bound);
      result = result === undefined || sameType(result, own) ? own : DYN;
      fitting.push(overload);
    }
    if (result === undefined) {
      const shown = types.map(formatType);
      const applied = method ? `${shown[0]}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`;
      return this.#fail(node.pos, `found no matching overload for '${name}' applied to '${applied}'`);
    }
    this.#overloads.set(node, fitting);
    return result;
  }

  /** What a list or map literal holds: one type, or dyn where something in it is. */
  #join(before: CelType | undefined, type: CelType, pos: number): CelType {
    if (!before) return type;
    return joinTypes(before, type) ?? this.#fail(pos, `expected type '${formatType(before)}' but found '${formatType(type)}'`);
  }

  #unwrapped(type: CelType, optional: boolean, pos: number): CelType {
    if (!optional || isDyn(type)) return type;
    if (type.kind === 'optional') return type.value;
    return this.#fail(pos, `expected type 'optional_type(${formatType(type)})' but found '${formatType(type)}'`);
  }

  #list(node: ListNode, scope: Scope | undefined): CelType {
    let item: CelType | undefined;
    for (const { node: one, optional } of node.items)
      item = this.#join(item, this.#unwrapped(this.#check(one, scope), optional, one.pos), one.pos);
    return listOf(item ?? DYN);
  }

  #map(node: MapNode, scope: Scope | undefined): CelType {
    let keys: CelType | undefined;
    let values: CelType | undefined;
    for (const { key, value, optional } of node.entries) {
      keys = this.#join(keys, this.#check(key, scope), key.pos);
      values = this.#join(values, this.#unwrapped(this.#check(value, scope), optional, value.pos), value.pos);
    }
    return mapOf(keys ?? DYN, values ?? DYN);
  }

  #variables(node: Fold, range: CelType): readonly CelType[] {
    const two = node.names.length === 2;
    if (range.kind === 'list') return two ? [INT, range.item] : [range.item];
    if (range.kind === 'map') return two ? [range.key, range.value] : [range.key];
    if (!isDyn(range)) {
      this.#fail(
        node.range.pos,
        `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
    }
    return [DYN, DYN];
  }

  #fold(node: Fold, scope: Scope | undefined): CelType {
    const range = this.#check(node.range, scope);
    const types = this.#variables(node, range);
    const inner = node.names.reduce<Scope | undefined>((outer, name, i) => ({ name, type: types[i]!, outer }), scope);
    if (node.filter) this.#condition(node.filter, this.#check(node.filter, inner), '_?_:_');
    const body = this.#check(node.body, inner);
    switch (node.kind) {
      case 'all':
        return this.#condition(node.body, body, '_&&_');
      case 'exists':
        return this.#condition(node.body, body, '_||_');
      case 'existsOne':
        return this.#condition(node.body, body, '_?_:_');
      case 'filter':
        this.#condition(node.body, body, '_?_:_');
        return listOf(types[0]!);
      case 'map':
      case 'transformList':
        return listOf(body);
      case 'transformMap':
        return mapOf(types[0]!, body);
      case 'transformMapEntry':
        if (body.kind !== 'map' && !isDyn(body)) this.#fail(node.body.pos, `expected type 'map' but found '${formatType(body)}'`);
        return body;
    }
  }

  #condition(node: Node, type: CelType, operator: string): CelType {
    if (!isDyn(type) && type !== BOOL) {
      this.#fail(node.pos, `found no matching overload for '${operator}' applied to '(bool, ${formatType(type)})'`);
    }
    return BOOL;
  }

  #bind(node: Bind, scope: Scope | undefined): CelType {
    return this.#check(node.body, { name: node.name, type: this.#check(node.value, scope), outer: scope });
  }

  #optMap(node: OptMap, scope: Scope | undefined): CelType {
    const target = this.#check(node.target, scope);
    if (target.kind !== 'optional' && !isDyn(target)) {
      const name = node.flat ? 'optFlatMap' : 'optMap';
      return this.#fail(node.pos, `found no matching overload for '${name}' applied to '${formatType(target)}.(dyn)'`);
    }
    const body = this.#check(node.body, { name: node.name, type: target.kind === 'optional' ? target.value : DYN, outer: scope });
    return node.flat ? body : optionalOf(body);
  }
}
