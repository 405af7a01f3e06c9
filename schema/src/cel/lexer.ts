/** The words of a CEL expression. @throws CelSyntaxError */
import { encodeUtf8 } from '../dsl/utf8.ts';
import { CelSyntaxError } from './issue.ts';
import { readEscapes } from './string-literal.ts';
import { Uint, type Value } from './values.ts';

export type Token =
  | { readonly kind: 'end' | 'symbol' | 'ident'; readonly text: string; readonly pos: number }
  /** In backquotes: a field's name as it is. */
  | { readonly kind: 'quoted'; readonly text: string; readonly pos: number }
  | { readonly kind: 'literal'; readonly text: string; readonly pos: number; readonly value: Value };

const space = /(?:[ \t\r\n\f]|\/\/[^\n]*)*/y;
const ident = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const quotedIdent = /`([a-zA-Z0-9_./ -]+)`/y;
const symbol = /&&|\|\||[=!<>]=|[-+*/%<>!?:.,()[\]{}]/y;
const float = /(?:[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/y;
const integer = /(0x[0-9a-fA-F]+|[0-9]+)([uU]?)/y;
const quote = /([rR][bB]?|[bB][rR]?)?("""|'''|"|')/y;

const MAX_UINT = (1n << 64n) - 1n;

export const tokenize = (source: string): Token[] => {
  const tokens: Token[] = [];
  let pos = 0;
  const at = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = pos;
    return pattern.exec(source);
  };
  for (;;) {
    pos += at(space)?.[0].length ?? 0;
    if (pos >= source.length) break;
    const token = literalAt(source, pos, at) ?? wordAt(pos, at);
    if (!token) throw new CelSyntaxError(pos, `Syntax error: token recognition error at: '${[...source.slice(pos, pos + 2)][0]}'`);
    tokens.push(token);
    pos += token.text.length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', pos });
  return tokens;
};

type Match = (pattern: RegExp) => RegExpExecArray | null;

const wordAt = (pos: number, at: Match): Token | undefined => {
  const word = at(ident);
  if (word) return { kind: 'ident', text: word[0], pos };
  const quoted = at(quotedIdent);
  if (quoted) return { kind: 'quoted', text: quoted[0], pos };
  const sign = at(symbol);
  return sign ? { kind: 'symbol', text: sign[0], pos } : undefined;
};

const literalAt = (source: string, pos: number, at: Match): Token | undefined => {
  const opening = at(quote);
  if (opening) return textAt(source, pos, opening);
  const real = at(float);
  if (real) return { kind: 'literal', text: real[0], pos, value: Number(real[0]) };
  const whole = at(integer);
  if (!whole) return undefined;
  const digits = whole[1]!;
  if (digits.length > 40) throw new CelSyntaxError(pos, whole[2] ? 'invalid uint literal' : 'invalid int literal');
  const value = BigInt(digits);
  if (whole[2] && value > MAX_UINT) throw new CelSyntaxError(pos, 'invalid uint literal');
  // the least int is one more than the greatest: the parser judges ints with their sign
  return { kind: 'literal', text: whole[0], pos, value: whole[2] ? new Uint(value) : value };
};

const textAt = (source: string, pos: number, [opening, prefix = '', mark = '"']: RegExpExecArray): Token => {
  const raw = /r/i.test(prefix);
  const bytes = /b/i.test(prefix);
  const start = pos + opening.length;
  let end = start;
  for (;;) {
    if (end >= source.length || (mark.length === 1 && (source[end] === '\n' || source[end] === '\r'))) {
      throw new CelSyntaxError(pos, `Syntax error: token recognition error at: '${source.slice(pos, Math.min(end, pos + 40))}'`);
    }
    if (source.startsWith(mark, end)) break;
    end += !raw && source[end] === '\\' ? 2 : 1;
  }
  const body = source.slice(start, end);
  const text = source.slice(pos, end + mark.length);
  if (raw) return { kind: 'literal', text, pos, value: bytes ? encodeUtf8(body) : body };
  const value = readEscapes(body, bytes);
  if (value === undefined) throw new CelSyntaxError(pos, `Syntax error: token recognition error at: '${text.slice(0, 40)}'`);
  return { kind: 'literal', text, pos, value };
};
