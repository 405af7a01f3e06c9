/**
 * A JSON parser for request bodies: finds duplicate keys, bounds the depth, words its errors as Go's parser does. The common case runs on
 * `JSON.parse` plus two linear passes (count the keys in the text and in the value: equal counts mean no duplicate); only a text that is
 * wrong or has duplicates goes through the slow parser below, which knows paths and offsets. The last duplicate wins, as in Go.
 */
import { setOwn } from './own.ts';

/** The text is not JSON, or is nested too deeply. The message has Go's wording. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

export interface ParseJsonOptions {
  /** Deepest nesting of objects and arrays. Default 512. */
  readonly maxDepth?: number;
}

export interface ParsedJson {
  readonly value: unknown;
  /** Such as `duplicate field "spec.replicas"`, in order of appearance, each once. */
  readonly duplicates: string[];
}

const QUOTE = 34;
const BACKSLASH = 92;

/** @throws JsonError */
export const parseJson = (text: string, options: ParseJsonOptions = {}): ParsedJson => {
  const maxDepth = options.maxDepth ?? 512;
  const keys = scan(text, maxDepth);
  if (keys >= 0) {
    try {
      const value: unknown = JSON.parse(text);
      if (countKeys(value) === keys) return { value, duplicates: [] };
    } catch {
      // the slow parser says what is wrong, and where
    }
  }
  return new SlowParser(text, maxDepth).parse();
};

/** Number of keys in the text, or -1 when it is too deep or a string does not end. */
const scan = (text: string, maxDepth: number): number => {
  let keys = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      let end = text.indexOf('"', i + 1);
      while (end > 0) {
        let slashes = 0;
        for (let k = end - 1; k > i && text.charCodeAt(k) === BACKSLASH; k--) slashes++;
        if (slashes % 2 === 0) break;
        end = text.indexOf('"', end + 1);
      }
      if (end < 0) return -1;
      i = end;
    } else if (c === 58) keys++;
    else if (c === 123 || c === 91) {
      if (++depth > maxDepth) return -1;
    } else if (c === 125 || c === 93) depth--;
  }
  return keys;
};

const countKeys = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  let n = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') n += countKeys(item);
    return n;
  }
  for (const key in value) {
    n++;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === 'object') n += countKeys(inner);
  }
  return n;
};

const isSpace = (c: number): boolean => c === 32 || c === 10 || c === 13 || c === 9;
const isDigit = (c: number): boolean => c >= 48 && c <= 57;

class SlowParser {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #duplicates = new Set<string>();
  #at = 0;
  #depth = 0;
  #path = '';

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  parse(): ParsedJson {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return { value, duplicates: [...this.#duplicates] };
  }

  #space(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #unexpected(where: string): JsonError {
    if (this.#at >= this.#text.length) return new JsonError('unexpected end of JSON input');
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    const shown = char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`;
    return new JsonError(`invalid character ${shown} ${where}`);
  }

  #value(): unknown {
    this.#space();
    const c = this.#text.charCodeAt(this.#at);
    if (c === 123) return this.#object();
    if (c === 91) return this.#array();
    if (c === QUOTE) return this.#string();
    if (c === 45 || isDigit(c)) return this.#number();
    if (c === 116) return this.#literal('true', true);
    if (c === 102) return this.#literal('false', false);
    if (c === 110) return this.#literal('null', null);
    throw this.#unexpected('looking for beginning of value');
  }

  #literal<T>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#text[this.#at] !== word[i]) throw this.#unexpected(`in literal ${word} (expecting '${word[i]}')`);
    }
    return value;
  }

  #enter(): void {
    if (++this.#depth > this.#maxDepth) throw new JsonError('exceeded max depth');
    this.#at++;
  }

  #object(): unknown {
    this.#enter();
    const out: Record<string, unknown> = {};
    const seen = new Set<string>();
    const outer = this.#path;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      this.#depth--;
      return out;
    }
    for (;;) {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== QUOTE) {
        throw this.#unexpected('looking for beginning of object key string');
      }
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key');
      this.#at++;
      this.#path = outer === '' ? key : `${outer}.${key}`;
      if (seen.has(key)) this.#duplicates.add(`duplicate field ${JSON.stringify(this.#path)}`);
      seen.add(key);
      setOwn(out, key, this.#value());
      this.#path = outer;
      this.#space();
      const c = this.#text[this.#at];
      if (c !== ',' && c !== '}') throw this.#unexpected('after object key:value pair');
      this.#at++;
      if (c === '}') break;
    }
    this.#depth--;
    return out;
  }

  #array(): unknown {
    this.#enter();
    const out: unknown[] = [];
    const outer = this.#path;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      this.#depth--;
      return out;
    }
    for (;;) {
      this.#path = `${outer}[${out.length}]`;
      out.push(this.#value());
      this.#path = outer;
      this.#space();
      const c = this.#text[this.#at];
      if (c !== ',' && c !== ']') throw this.#unexpected('after array element');
      this.#at++;
      if (c === ']') break;
    }
    this.#depth--;
    return out;
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(c)) throw this.#unexpected('');
      if (c === QUOTE) break;
      if (c < 32) throw this.#unexpected('in string literal');
      this.#at++;
      if (c !== BACKSLASH) continue;
      const code = this.#text[this.#at];
      if (code === undefined || !'"\\/bfnrtu'.includes(code)) throw this.#unexpected('in string escape code');
      this.#at++;
      if (code !== 'u') continue;
      for (let i = 0; i < 4; i++, this.#at++) {
        if (!/^[0-9a-fA-F]$/.test(this.#text[this.#at] ?? '')) throw this.#unexpected('in \\u hexadecimal character escape');
      }
    }
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #digits(where: string): void {
    if (!isDigit(this.#text.charCodeAt(this.#at))) throw this.#unexpected(where);
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #number(): number {
    const start = this.#at;
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      this.#at++;
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at++;
      this.#digits('in exponent of numeric literal');
    }
    return Number(this.#text.slice(start, this.#at));
  }
}
