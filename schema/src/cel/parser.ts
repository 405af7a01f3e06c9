/**
 * From text to syntax. Nesting and length are bounded here, so that everything after may recurse. Macros are recognized by ./macros.ts.
 * @throws CelSyntaxError
 */
import type { ListNode, Literal, MapNode, Node } from './ast.ts';
import { above } from './depth.ts';
import { CelSyntaxError } from './issue.ts';
import { type Token, tokenize } from './lexer.ts';
import { macroOf } from './macros.ts';
import { BOOL, BYTES, type CelType, DOUBLE, INT, NULL, STRING, UINT } from './types.ts';
import { Uint, type Value } from './values.ts';

const MAX_CODE_POINTS = 100_000;
const MAX_NESTING = 250;
const MAX_INT = (1n << 63n) - 1n;

const startOfExpression =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const reserved: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
const keywords: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const binary: readonly (readonly string[])[] = [
  ['<', '<=', '>=', '>', '==', '!=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];

const typeOfLiteral = (value: Value): CelType => {
  if (value === null) return NULL;
  if (value instanceof Uint) return UINT;
  if (typeof value === 'bigint') return INT;
  if (typeof value === 'number') return DOUBLE;
  if (typeof value === 'boolean') return BOOL;
  return typeof value === 'string' ? STRING : BYTES;
};

export const literal = (pos: number, value: Value): Literal => ({ op: 'literal', pos, depth: 1, value, type: typeOfLiteral(value) });

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const node = this.#expression();
    const { kind, text, pos } = this.#peek();
    if (kind !== 'end') throw new CelSyntaxError(pos, `Syntax error: extraneous input '${text}' expecting <EOF>`);
    return node;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'symbol' && token.text === text;
  }

  #accept(text: string): Token | undefined {
    return this.#is(text) ? this.#take() : undefined;
  }

  #expect(text: string): Token {
    const token = this.#accept(text);
    if (token) return token;
    const { text: found, pos } = this.#peek();
    throw new CelSyntaxError(pos, `Syntax error: mismatched input '${found}' expecting '${text}'`);
  }

  #nested<T>(parse: () => T): T {
    if (++this.#nesting > MAX_NESTING) throw new CelSyntaxError(this.#peek().pos, `expression recursion limit exceeded: ${MAX_NESTING}`);
    const result = parse();
    this.#nesting--;
    return result;
  }

  #expression(): Node {
    return this.#nested(() => {
      const condition = this.#logic('or');
      const mark = this.#accept('?');
      if (!mark) return condition;
      const yes = this.#logic('or');
      this.#expect(':');
      const no = this.#expression();
      return { op: 'call', name: '_?_:_', args: [condition, yes, no], pos: mark.pos, depth: above(mark.pos, condition, yes, no) };
    });
  }

  #logic(op: 'or' | 'and'): Node {
    const sign = op === 'or' ? '||' : '&&';
    const part = () => (op === 'or' ? this.#logic('and') : this.#binary(0));
    const args = [part()];
    let pos: number | undefined;
    for (let mark = this.#accept(sign); mark; mark = this.#accept(sign)) {
      pos ??= mark.pos;
      args.push(part());
    }
    return pos === undefined ? args[0]! : { op, args, pos, depth: above(pos, ...args) };
  }

  #binary(level: number): Node {
    const signs = binary[level];
    if (!signs) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind, text, pos } = this.#peek();
      if ((kind !== 'symbol' && text !== 'in') || kind === 'literal' || !signs.includes(text)) return left;
      this.#take();
      const right = this.#binary(level + 1);
      left = { op: 'call', name: text === 'in' ? '@in' : `_${text}_`, args: [left, right], pos, depth: above(pos, left, right) };
    }
  }

  #unary(): Node {
    const marks: Token[] = [];
    for (let mark = this.#accept('!') ?? this.#accept('-'); mark; mark = this.#accept('!') ?? this.#accept('-')) {
      if (marks.length > 0 && marks[0]!.text !== mark.text) {
        throw new CelSyntaxError(mark.pos, `Syntax error: mismatched input '${mark.text}' expecting ${startOfExpression}`);
      }
      if (marks.push(mark) > MAX_NESTING) throw new CelSyntaxError(mark.pos, `expression recursion limit exceeded: ${MAX_NESTING}`);
    }
    const last = marks.at(-1);
    const token = this.#peek();
    const negative = last?.text === '-' && token.kind === 'literal' && (typeof token.value === 'bigint' || typeof token.value === 'number');
    if (negative) marks.pop();
    let node = this.#member(negative ? last.pos : undefined);
    for (const { text, pos } of marks.reverse()) {
      node = { op: 'call', name: `${text}_`, args: [node], pos, depth: above(pos, node) };
    }
    return node;
  }

  /** `negativeAt`: a minus belongs to the number that follows. */
  #member(negativeAt: number | undefined): Node {
    let node = this.#primary(negativeAt);
    for (;;) {
      const dot = this.#accept('.');
      if (dot) {
        node = this.#afterDot(node, dot.pos);
        continue;
      }
      const bracket = this.#accept('[');
      if (!bracket) return node;
      const optional = this.#accept('?') !== undefined;
      const index = this.#expression();
      this.#expect(']');
      node = {
        op: 'call',
        name: optional ? '_[?_]' : '_[_]',
        args: [node, index],
        pos: bracket.pos,
        depth: above(bracket.pos, node, index),
      };
    }
  }

  #afterDot(operand: Node, pos: number): Node {
    const optional = this.#accept('?') !== undefined;
    const token = this.#take();
    const field = token.kind === 'quoted' ? token.text.slice(1, -1) : token.text;
    if ((token.kind !== 'ident' && token.kind !== 'quoted') || token.text === 'in' || keywords.has(token.text)) {
      throw new CelSyntaxError(token.pos, `Syntax error: no viable alternative at input '.${token.text}'`);
    }
    const call = !optional && token.kind === 'ident' ? this.#accept('(') : undefined;
    if (!call) return { op: 'select', operand, field, optional, test: false, pos, depth: above(pos, operand) };
    const args = this.#arguments();
    return (
      macroOf(field, operand, args, call.pos) ?? {
        op: 'call',
        name: field,
        target: operand,
        args,
        pos: call.pos,
        depth: above(call.pos, operand, ...args),
      }
    );
  }

  #arguments(): Node[] {
    const args: Node[] = [];
    if (this.#accept(')')) return args;
    do args.push(this.#expression());
    while (this.#accept(','));
    this.#expect(')');
    return args;
  }

  #primary(negativeAt: number | undefined): Node {
    const token = this.#take();
    const { kind, text, pos } = token;
    if (kind === 'literal') return this.#number(token.value, negativeAt ?? pos, negativeAt !== undefined);
    if (kind === 'symbol') {
      if (text === '(') {
        const node = this.#expression();
        this.#expect(')');
        return node;
      }
      if (text === '[') return this.#list(pos);
      if (text === '{') return this.#map(pos);
      // a name of the root: the same here, where there are no packages
      if (text === '.' && this.#peek().kind === 'ident') return this.#primary(undefined);
    }
    if (kind !== 'ident' || text === 'in')
      throw new CelSyntaxError(pos, `Syntax error: mismatched input '${text}' expecting ${startOfExpression}`);
    if (keywords.has(text)) return literal(pos, keywords.get(text)!);
    if (reserved.has(text)) throw new CelSyntaxError(pos, `reserved identifier: ${text}`);
    const call = this.#accept('(');
    if (!call) return { op: 'ident', name: text, pos, depth: 1 };
    const args = this.#arguments();
    return macroOf(text, undefined, args, call.pos) ?? { op: 'call', name: text, args, pos: call.pos, depth: above(call.pos, ...args) };
  }

  #number(value: Value, pos: number, negative: boolean): Node {
    if (typeof value === 'bigint') {
      const signed = negative ? -value : value;
      if (signed > MAX_INT || signed < -MAX_INT - 1n) throw new CelSyntaxError(pos, 'invalid int literal');
      return literal(pos, signed);
    }
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new CelSyntaxError(pos, 'invalid double literal');
      return literal(pos, negative ? -value : value);
    }
    return literal(pos, value);
  }

  #list(pos: number): ListNode {
    const items: { node: Node; optional: boolean }[] = [];
    while (!this.#is(']')) {
      const optional = this.#accept('?') !== undefined;
      items.push({ node: this.#expression(), optional });
      if (!this.#accept(',')) break;
    }
    this.#expect(']');
    return { op: 'list', items, pos, depth: above(pos, ...items.map(({ node }) => node)) };
  }

  #map(pos: number): MapNode {
    const entries: { key: Node; value: Node; optional: boolean }[] = [];
    while (!this.#is('}')) {
      const optional = this.#accept('?') !== undefined;
      const key = this.#expression();
      this.#expect(':');
      entries.push({ key, value: this.#expression(), optional });
      if (!this.#accept(',')) break;
    }
    this.#expect('}');
    return { op: 'map', entries, pos, depth: above(pos, ...entries.flatMap(({ key, value }) => [key, value])) };
  }
}

export const parse = (source: string): Node => {
  const size = source.length > MAX_CODE_POINTS ? [...source].length : 0;
  if (size > MAX_CODE_POINTS) {
    throw new CelSyntaxError(0, `expression code point size exceeds limit: size: ${size}, limit ${MAX_CODE_POINTS}`);
  }
  return new Parser(tokenize(source)).whole();
};
