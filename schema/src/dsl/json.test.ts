import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { JsonError, parseJson } from './json.ts';

const problem = (text: string, maxDepth?: number): string => {
  try {
    parseJson(text, maxDepth === undefined ? {} : { maxDepth });
  } catch (error) {
    if (error instanceof JsonError) return error.message;
    throw error;
  }
  return 'no error';
};

describe('parseJson', () => {
  it('agrees with JSON.parse on every JSON text', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual({ value: JSON.parse(text), duplicates: [] });
      }),
    );
  });

  it('names duplicate keys with their path and keeps the last value', () => {
    const text = '{"a":1,"b":[{"x":1,"x":2}],"a":{"c\\"d":1,"c\\"d":2},"u:v":":"}';
    expect(parseJson(text)).toEqual({
      value: { a: { 'c"d': 2 }, b: [{ x: 2 }], 'u:v': ':' },
      duplicates: ['duplicate field "b[0].x"', 'duplicate field "a"', 'duplicate field "a.c\\"d"'],
    });
  });

  it('sees a duplicate that is written with an escape, and one named __proto__', () => {
    expect(parseJson('{"a":1,"\\u0061":2}').duplicates).toEqual(['duplicate field "a"']);
    const { value, duplicates } = parseJson('{"__proto__":1,"__proto__":{"x":1}}');
    expect(duplicates).toEqual(['duplicate field "__proto__"']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value as object)).toEqual(['__proto__']);
  });

  it('words its errors as Go does', () => {
    expect(problem('')).toBe('unexpected end of JSON input');
    expect(problem('{"a":1')).toBe('unexpected end of JSON input');
    expect(problem('{"a')).toBe('unexpected end of JSON input');
    expect(problem('{a:1}')).toBe("invalid character 'a' looking for beginning of object key string");
    expect(problem('{"a":1,}')).toBe("invalid character '}' looking for beginning of object key string");
    expect(problem('{"a" 1}')).toBe("invalid character '1' after object key");
    expect(problem('{"a":1 "b":2}')).toBe(`invalid character '"' after object key:value pair`);
    expect(problem('[1 2]')).toBe("invalid character '2' after array element");
    expect(problem('{} x')).toBe("invalid character 'x' after top-level value");
    expect(problem('nul')).toBe('unexpected end of JSON input');
    expect(problem('nulx')).toBe("invalid character 'x' in literal null (expecting 'l')");
    expect(problem('01')).toBe("invalid character '1' after top-level value");
    expect(problem('"\\x"')).toBe("invalid character 'x' in string escape code");
    expect(problem('"a\nb"')).toBe("invalid character '\\n' in string literal");
  });

  it('bounds the depth', () => {
    const nested = (n: number): string => '['.repeat(n) + ']'.repeat(n);
    expect(problem(nested(512))).toBe('no error');
    expect(problem(nested(513))).toBe('exceeded max depth');
    expect(problem(nested(1_000_000))).toBe('exceeded max depth');
    expect(problem('{"a":{"a":{}}}', 2)).toBe('exceeded max depth');
    expect(problem(`{"a":"${'['.repeat(600)}"}`)).toBe('no error');
  });

  it('never throws anything but JsonError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => text.slice(0, -1)),
          fc.json().map((text) => text.replace('"', '')),
        ),
        (text) => {
          expect(problem(text)).toBeTypeOf('string');
        },
      ),
    );
  });
});
