/** What expressions give, cost and refuse: cases after upstream's documentation and the language's definition, and random ones that must only end. */
import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { compile } from './compile.ts';
import { CelError, CostLimitError } from './errors.ts';
import { toValue, typeOf } from './json-values.ts';
import { DYN } from './types.ts';
import { CelMap, Duration, isOpaque, Optional, Timestamp, TypeValue, Uint, type Value } from './values.ts';

const shown = (value: Value): unknown => {
  if (typeof value === 'bigint') return `${value}`;
  if (Array.isArray(value)) return value.map(shown);
  if (value instanceof CelMap) return Object.fromEntries(value.keys().map((key) => [shown(key), shown(value.get(key)!)]));
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Timestamp || value instanceof Duration) return `${value.nanos}ns`;
  if (value instanceof TypeValue) return value.type;
  if (value instanceof Optional) return value.value === undefined ? 'none' : { some: shown(value.value) };
  if (value instanceof Uint8Array) return [...value];
  return isOpaque(value) ? value.key() : value;
};

const x = { a: { c: 1 }, list: [3, 1, 2], text: 'héllo', f: 1.5, none: null, 'odd-name': true };
const variables = new Map([['x', DYN]]);
const run = (source: string, limit?: number): unknown => {
  const compiled = compile(source, variables);
  if ('error' in compiled) return compiled.error;
  try {
    return shown(compiled.program.run((name) => (name === 'x' ? toValue(x) : undefined), limit).value);
  } catch (error) {
    if (error instanceof CelError || error instanceof CostLimitError) return `!${error.message}`;
    throw error;
  }
};

describe('true', () => {
  it.each(
    `
    1 + 2 * 3 == 7 && 7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1 && 1.0 / 0.0 > 1e300
    0x1F == 31 && 1u + 1u == 2u && 1e3 == 1000.0 && .5 == 0.5 && -9223372036854775808 < 0
    1 < 1.5 && 2u > 1 && dyn(1) == 1.0 && dyn(1u) == dyn(1) && 1 in [1, 2] && dyn(1.0) in [1]
    "a" + "b" == 'ab' && b"a" + b"b" == b"ab" && r"\\n" == "\\\\n" && "\\u00e9" == "é" && '\\x41' == "A" && """a"b""" == 'a"b'
    [1] + [2] == [1, 2] && {"a": 1}["a"] == 1 && {1: 2}[1] == 2 && {true: 1}[true] == 1 && {1u: 2}[dyn(1)] == 2
    {"a": 1, "b": 2} == {"b": 2, "a": 1} && [[1], [2]] != [[1], [3]] && null == null
    true || 1 / 0 == 1
    1 / 0 == 1 || true
    !(false && 1 / 0 == 1)
    [1, 2, 3].all(i, i > 0) && [1, 2].exists(i, i == 2) && [1, 2].exists_one(i, i > 1) && !([1, 2].existsOne(i, v, v > 0))
    [1, 0].exists(i, 1 / i == 1) && ![0, 5].all(i, 1 / i == 1)
    [1, 2, 3].map(i, i * 2) == [2, 4, 6] && [1, 2, 3].map(i, i > 1, i) == [2, 3] && {"a": 1}.map(k, k) == ["a"]
    [5, 6].all(i, v, v == i + 5) && [5, 6].exists(i, v, i == 1 && v == 6) && {"a": 1}.all(k, v, k == "a" && v == 1)
    [1, 2, 3].transformList(i, v, i > 0, v * 2) == [4, 6] && {"a": 1}.transformMap(k, v, v + 1) == {"a": 2}
    {"a": "b"}.transformMapEntry(k, v, {v: k}) == {"b": "a"}
    has(x.a.c) && !has(x.a.d) && has({"a": 1}.a) && has(x.none)
    "a" in x && !("z" in x) && x["odd-name"] && x.\`odd-name\`
    x.?a.?c.orValue(0) == 1 && x.?z.?c.orValue(7) == 7 && x[?"a"].hasValue() && x.list[?9] == optional.none()
    [?x.?z, ?x.?f] == [1.5] && {?"a": x.?z, "b": 1} == {"b": 1}
    optional.of(1).optMap(v, v + 1).value() == 2 && optional.none().optFlatMap(v, optional.of(1)) == optional.none()
    optional.of(1).or(optional.of(1 / 0)) == optional.of(1) && optional.ofNonZeroValue("") == optional.none()
    cel.bind(a, 5, a * a) == 25
    type(1) == int && type("a") == string && type([]) == list && type(null) == null_type && type(type(1)) == type
    type(timestamp("2024-01-01T00:00:00Z")) == google.protobuf.Timestamp
    int("-5") == -5 && int(2.9) == 2 && uint(3) == 3u && double("1.5") == 1.5 && string(true) == "true" && bool("t")
    string(1.0) == "1" && string(1e21) == "1e+21" && string(0.00001) == "1e-05" && string(b"hi") == "hi" && bytes("é").size() == 2
    size("héllo") == 5 && "😀a".indexOf("a") == 1 && "😀a".charAt(0) == "😀" && "héllo".substring(1, 3) == "él" && "abc".charAt(3) == ""
    "a,b,c".split(",", 2) == ["a", "b,c"] && "abc".split("") == ["a", "b", "c"] && ["a", "b"].join("-") == "a-b"
    "aaa".replace("a", "b", 2) == "bba" && "ab".replace("", "-") == "-a-b-" && "ÀB".lowerAscii() == "Àb" && " a\\t".trim() == "a"
    "abcabc".lastIndexOf("b") == 4 && "abcabc".lastIndexOf("b", 3) == 1 && "abc".indexOf("z") == -1 && "abc".reverse() == "cba"
    "%s %d %.2f %x %s".format([dyn("a"), 5, 1.25, 255, [1, 2]]) == "a 5 1.25 ff [1, 2]" && strings.quote("a\\nb") == "\\"a\\\\nb\\""
    "abc".matches("^a.c$") && "abc 12 d 345".findAll("[0-9]+") == ["12", "345"] && "a1".find("[0-9]") == "1" && "a".find("b") == ""
    timestamp("2024-02-29T12:34:56.789Z").getDayOfYear() == 59 && timestamp("2024-02-29T00:00:00Z").getDayOfWeek() == 4
    timestamp("2024-01-01T00:00:00Z").getHours("America/New_York") == 19 && timestamp("2024-01-01T00:00:00Z").getMinutes("+05:30") == 30
    timestamp("2024-01-01T00:00:00.000000001Z") > timestamp("2024-01-01T00:00:00Z") && timestamp(0) + duration("1h") == timestamp(3600)
    duration("0.5s") - duration("0.6s") == duration("-100ms") && duration("90m").getHours() == 1 && string(duration("1m30.5s")) == "90.5s"
    string(timestamp("2024-01-01T01:00:00+01:00")) == "2024-01-01T00:00:00Z" && timestamp("2024-01-02T00:00:00Z") - timestamp("2024-01-01T00:00:00Z") == duration("24h")
    [1, 2, 2].isSorted() && ![2, 1].isSorted() && [1, 2].sum() == 3 && [].sum() == 0 && ["b", "a"].min() == "a" && [1.5, 2.0].max() == 2.0
    [1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [duration("1s"), duration("2s")].sum() == duration("3s")
    sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([[1]], [[1], [2]]) && !sets.contains([], [1])
    url("https://u:p@example.com:80/a%20b?x=1&x=2").getHost() == "example.com:80" && url("https://[::1]:80/").getHostname() == "::1"
    url("https://a.b/p?x=1&x=2&y").getQuery() == {"x": ["1", "2"], "y": [""]} && url("/a b").getEscapedPath() == "/a%20b" && url("https://a:9").getPort() == "9"
    isURL("https://a.b") && isURL("/x") && !isURL("a") && !isURL("") && !isURL("https://a b") && !isURL("https://a/%zz")
    ip("2001:DB8::0:1") == ip("2001:db8::1") && string(ip("0:0:1::")) == "0:0:1::" && ip("10.0.0.1").family() == 4 && ip("::1").isLoopback()
    !ip.isCanonical("2001:DB8::1") && isIP("1.2.3.4") && !isIP("1.2.3.04") && !isIP("::ffff:1.2.3.4") && ip("224.0.0.5").isLinkLocalMulticast() && ip("8.8.8.8").isGlobalUnicast()
    cidr("10.0.0.0/8").containsIP("10.1.2.3") && cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && !cidr("10.0.0.0/16").containsCIDR(cidr("10.0.0.0/8"))
    cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8") && cidr("10.0.0.0/8").prefixLength() == 8 && !isCIDR("10.0.0.0/33") && cidr("::/0").ip() == ip("::")
    quantity("1Gi").add(quantity("1Mi")) == quantity("1025Mi") && quantity("50k").add(20).asInteger() == 50020 && quantity("1").sub(2).sign() == -1
    quantity("200M").compareTo(quantity("0.2G")) == 0 && quantity("1500m").asApproximateFloat() == 1.5 && !quantity("1500m").isInteger() && !isQuantity("1x")
    !format.dns1123Label().validate("ab").hasValue() && format.dns1123Label().validate("A").value().size() == 1 && format.named("uuid").hasValue() && format.named("x") == optional.none()
    semver("1.2.3-rc.1").isLessThan(semver("1.2.3")) && semver("v1.02", true) == semver("1.2.0") && !isSemver("1.2") && semver("1.10.0").isGreaterThan(semver("1.9.9"))
    x.f == 1.5 && x.none == null && x.list.map(i, i + 1) == [4, 2, 3] && x.text.startsWith("h")
    `
      .trim()
      .split('\n')
      .map((line) => [line.trim()]),
  )('%s', (source) => {
    expect(run(source)).toBe(true);
  });
});

describe('a value that cannot be had', () => {
  it.each([
    ['1 / 0', 'division by zero'],
    ['1 % 0', 'modulus by zero'],
    ['9223372036854775807 + 1', 'integer overflow'],
    ['-(-9223372036854775807 - 1)', 'integer overflow'],
    ['1u - 2u', 'unsigned integer overflow'],
    ['[1][1]', 'index out of bounds: 1'],
    ['{"a": 1}.b', 'no such key: b'],
    ['x.z', 'no such key: z'],
    ['x.__proto__', 'no such key: __proto__'],
    ['x.constructor', 'no such key: constructor'],
    ['x["toString"]', 'no such key: toString'],
    ['-x', 'no such overload'],
    ['x.text + 1', 'no such overload'],
    ['x.text.nope', 'no such overload'],
    ['x ? 1 : 2', 'no such overload'],
    ['{"a": 1, "a": 2}', 'insert failed: key a already exists'],
    ['int("")', "type conversion error from 'string' to 'int'"],
    ['int("0b11")', "type conversion error from 'string' to 'int'"],
    ['timestamp("Jan 1 2024")', "type conversion error from 'string' to 'google.protobuf.Timestamp'"],
    ['"abc".substring(1, 5)', 'index out of range: 5'],
    ['[1].map(i, i > 0, 1 / 0)', 'division by zero'],
    ['optional.none().value()', 'optional.none() dereference'],
    ['"a".matches("(")', 'error parsing regexp: error parsing regexp: missing closing ): `(`'],
  ])('%s', (source, problem) => {
    expect(run(source)).toBe(`!${problem}`);
  });
});

describe('a text that is no expression', () => {
  const noOverload = (name: string, types: string) => `found no matching overload for '${name}' applied to '${types}'`;
  it.each<[string, number, string]>([
    [
      '1 +',
      4,
      "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
    ],
    ['1 2', 3, "Syntax error: extraneous input '2' expecting <EOF>"],
    ['a = b', 3, "Syntax error: token recognition error at: '='"],
    ['"a', 1, `Syntax error: token recognition error at: '"a'`],
    ['9223372036854775808', 1, 'invalid int literal'],
    ['for', 1, 'reserved identifier: for'],
    ['self.a', 1, "undeclared reference to 'self' (in container '')"],
    ['foo(1)', 4, "undeclared reference to 'foo' (in container '')"],
    ['"a" + 1', 5, noOverload('_+_', '(string, int)')],
    ['1 == 1.0', 3, noOverload('_==_', '(int, double)')],
    ['"a".contains(1)', 13, noOverload('contains', 'string.(int)')],
    ['true ? 1 : "a"', 6, noOverload('_?_:_', '(bool, int, string)')],
    ['1 && true', 3, noOverload('_&&_', '(int, bool)')],
    ['[1, "a"]', 5, "expected type 'int' but found 'string'"],
    ['1.all(a, true)', 1, "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
    ['[1].all(1, true)', 9, 'argument must be a simple name'],
    ['"a".b', 4, "type 'string' does not support field selection"],
    ['has(x)', 5, 'invalid argument to has() macro'],
    [`${'!'.repeat(300)}true`, 251, 'expression recursion limit exceeded: 250'],
    [`${'('.repeat(300)}true`, 251, 'expression recursion limit exceeded: 250'],
  ])('%s', (source, column, problem) => {
    expect(run(source)).toBe(`ERROR: <input>:1:${column}: ${problem}\n | ${source}\n | ${'.'.repeat(column - 1)}^`);
  });

  it('shows the line of each problem', () => {
    expect(run('a &&\n  b')).toBe(
      "ERROR: <input>:1:1: undeclared reference to 'a' (in container '')\n | a &&\n | ^\nERROR: <input>:2:3: undeclared reference to 'b' (in container '')\n |   b\n | ..^",
    );
  });

  it('is too long or too deep', () => {
    expect(run(`1${'+1'.repeat(900)}`)).toBe('901');
    expect(run(`1${'+1'.repeat(1100)}`)).toContain('expression is nested too deeply');
    expect(run(`true${' && true'.repeat(3000)}`)).toBe(true);
    expect(run(' '.repeat(100_001))).toContain('expression code point size exceeds limit: size: 100001, limit 100000');
  });
});

describe('cost', () => {
  const over = '!operation cancelled: actual cost limit exceeded';
  const many = `[${'1,'.repeat(99)}1]`;
  it.each([
    `${many}.all(a, ${many}.all(b, ${many}.all(c, true)))`,
    `${many}.exists(a, ${many}.exists(b, ${many}.exists(c, 1 / 0 == 1)))`,
    `${many}.map(a, ${many}.map(b, ${many}))`,
    `cel.bind(a, "${'x'.repeat(1000)}", cel.bind(b, a${' + a'.repeat(99)}, cel.bind(c, b${' + b'.repeat(99)}, c + c == c)))`,
    `${many}.all(i, x.text.matches("${'(a|b)*'.repeat(300)}"))`,
    `${many}.all(i, (x.text + "${'a'.repeat(2000)}").matches("((a{1,30}){1,30})b") || true)`,
  ])('is bounded: %#', (source) => {
    expect(run(source, 200_000)).toBe(over);
  });

  it('of a search grows with text and pattern alone', () => {
    expect(run(`("${'a'.repeat(30)}!").matches("^(a+)+$")`, 1000)).toBe(false);
  });
});

describe('types of a schema', () => {
  const schema = {
    type: 'object',
    properties: {
      n: { type: 'integer' },
      d: { type: 'number' },
      t: { type: 'string', format: 'date-time' },
      m: { type: 'object', additionalProperties: { type: 'integer' } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      'a.b': { type: 'string' },
    },
  };
  const judge = (source: string, value: object) => {
    const compiled = compile(source, new Map([['self', typeOf(schema, true)!]]));
    if ('error' in compiled) return compiled.error.split('\n')[0];
    return shown(compiled.program.run(() => toValue(value, schema, true)).value);
  };
  it('are those of the values', () => {
    expect(
      judge('self.n + 1 == 2 && self.d == 1.0 && self.t.getFullYear() == 2024 && self.m.all(k, v, v == 1)', {
        n: 1,
        d: 1,
        t: '2024-01-01T00:00:00Z',
        m: { a: 1 },
      }),
    ).toBe(true);
    expect(judge('self.a__dot__b == "x" && self.metadata.name == "y"', { 'a.b': 'x', metadata: { name: 'y' } })).toBe(true);
    expect(judge('self.d == 1', {})).toContain("applied to '(double, int)'");
    expect(judge('self.free.x == 1', {})).toContain("undefined field 'x'");
  });
});

describe('random expressions', () => {
  const leaf = fc.constantFrom(
    'x',
    'x.a',
    'x.list',
    'x.text',
    '1',
    '0',
    '2.5',
    '"a"',
    'true',
    'null',
    '[]',
    '{}',
    '[1, 2]',
    '{"a": 1}',
    'i',
    'b"x"',
    '1u',
    'timestamp(0)',
    'duration("1s")',
    'quantity("1")',
    'ip("::1")',
    'url("/a")',
    'optional.none()',
  );
  const tree = fc.letrec<{ expression: string }>((tie) => {
    const e = tie('expression');
    return {
      expression: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc
          .tuple(e, fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||', 'in'), e)
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        fc.tuple(e, fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter'), e).map(([a, name, b]) => `${a}.${name}(i, ${b})`),
        fc.tuple(e, fc.constantFrom('transformList', 'transformMap', 'all'), e).map(([a, name, b]) => `${a}.${name}(i, x, ${b})`),
        fc
          .tuple(
            e,
            fc.constantFrom(
              'size',
              'sum',
              'max',
              'isSorted',
              'trim',
              'getHours',
              'hasValue',
              'value',
              'lowerAscii',
              'getQuery',
              'family',
              'join',
            ),
          )
          .map(([a, name]) => `${a}.${name}()`),
        fc
          .tuple(e, fc.constantFrom('contains', 'matches', 'split', 'indexOf', 'findAll', 'orValue', 'add', 'format', 'charAt'), e)
          .map(([a, name, b]) => `${a}.${name}(${b})`),
        fc
          .tuple(
            fc.constantFrom('string', 'int', 'dyn', 'type', 'size', 'timestamp', 'quantity', 'isIP', 'semver', 'optional.of', 'double'),
            e,
          )
          .map(([name, a]) => `${name}(${a})`),
        fc.tuple(e, e).map(([a, b]) => `${a}[${b}]`),
        fc.tuple(e, e, e).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
        fc.tuple(e, e).map(([a, b]) => `[${a}, ?${b}]`),
        fc.tuple(e, fc.constantFrom('.a', '.?a', '.__proto__', '.constructor')).map(([a, field]) => `${a}${field}`),
        fc.tuple(e, e).map(([a, b]) => `cel.bind(i, ${a}, ${b})`),
      ),
    };
  }).expression;

  /** Only these two errors leave an evaluation, and its cost is within its limit. */
  const ends = (source: string): void => {
    const compiled = compile(source, new Map([...variables, ['i', DYN]]));
    if ('error' in compiled) return;
    try {
      const { cost } = compiled.program.run((name) => toValue(name === 'x' ? x : [1, 'a', { b: null }]), 5_000);
      expect(cost).toBeLessThanOrEqual(5_000);
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof CostLimitError)) throw error;
    }
  };

  it('end', () => {
    fc.assert(fc.property(tree, ends), { numRuns: 250 });
  });

  it('end when they are mutilated', () => {
    const cut = fc.tuple(
      tree,
      fc.nat(),
      fc.nat(5),
      fc.constantFrom(
        '',
        '"',
        "'",
        '`',
        '\\',
        '(',
        ')',
        '[',
        '{',
        '.',
        '?',
        ',',
        '0x',
        '1e',
        '9'.repeat(50),
        '\u0000',
        '\ud800',
        '😀',
        '\n',
        '//',
        ' in ',
        '!',
        '-',
      ),
    );
    fc.assert(
      fc.property(cut, ([source, at, length, put]) => {
        const from = at % (source.length + 1);
        ends(source.slice(0, from) + put + source.slice(from + length));
      }),
      { numRuns: 100 },
    );
  });
});
