import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { base64ByteLength, canonicalBase64, decodeBase64, encodeBase64 } from './base64.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { canonicalTimestamp, formatTimestamp, parseTimestamp } from './timestamp.ts';
import { decodeUtf8, encodeUtf8, utf8Length } from './utf8.ts';

/** Looking at each of many bytes for a difference takes seconds. */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('base64', () => {
  it('agrees with Buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(hex(decodeBase64(text))).toBe(hex(bytes));
        expect(base64ByteLength(text)).toBe(bytes.length);
      }),
      { numRuns: 50 },
    );
  });

  it('is as strict as Go', () => {
    expect(canonicalBase64('aGk\n=')).toBe('aGk=');
    for (const bad of ['a', 'ab', 'abc', 'a-b_', 'ab=c', '====', 'aGk'])
      expect(() => canonicalBase64(bad), bad).toThrow(/illegal base64 data/);
  });
});

describe('utf8', () => {
  /** Of every length in UTF-8, surrogates that stand alone too. */
  const codePoint = fc.oneof(fc.nat(0x7f), fc.nat(0x7ff), fc.integer({ min: 0xd7f0, max: 0xe00f }), fc.nat(0xffff), fc.nat(0x10ffff));
  const text = fc.array(codePoint, { maxLength: 300 }).map((codes) => String.fromCodePoint(...codes));

  it('agrees with TextEncoder and TextDecoder', () => {
    fc.assert(
      fc.property(text, (text) => {
        expect(hex(encodeUtf8(text))).toBe(hex(new TextEncoder().encode(text)));
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
        expect(decodeUtf8(encodeUtf8(text))).toBe(text.toWellFormed());
      }),
    );
  });

  it('never fails on malformed bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decodeUtf8(bytes).isWellFormed()).toBe(true);
      }),
    );
    expect(decodeUtf8(Uint8Array.of(0x61, 0xff, 0xc3))).toBe('a\ufffd\ufffd');
    expect(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80)).includes('\ud800')).toBe(false);
  });
});

describe('timestamps', () => {
  it('agree with Date', () => {
    const years = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(years), (date) => {
        const text = date.toISOString();
        expect(canonicalTimestamp(text, 'seconds')).toBe(text.replace(/\.\d+Z$/, 'Z'));
        expect(parseTimestamp(text)?.seconds).toBe(Math.floor(date.getTime() / 1000));
      }),
    );
    expect(formatTimestamp(0, 42)).toBe('1970-01-01T00:00:00.000042Z');
  });

  it('refuse what is no time', () => {
    for (const bad of [
      '',
      '2024-01-01',
      '2024-01-01 00:00:00Z',
      '2024-13-01T00:00:00Z',
      '2024-01-01T24:00:00Z',
      '2023-02-29T00:00:00Z',
      '2024-01-01T00:00:00',
    ]) {
      expect(parseTimestamp(bad), bad).toBeUndefined();
    }
  });
});

describe('durations', () => {
  it('read and print as Go does', () => {
    const canonical = (text: string): string | undefined => {
      const parsed = parseDuration(text);
      return parsed === undefined ? undefined : formatDuration(parsed);
    };
    for (const [text, out] of [
      ['90s', '1m30s'],
      ['1h', '1h0m0s'],
      ['1.5s', '1.5s'],
      ['0', '0s'],
      ['-2m', '-2m0s'],
      ['1500us', '1.5ms'],
      ['1h15m30.918273645s', '1h15m30.918273645s'],
      ['', undefined],
      ['1', undefined],
      ['s', undefined],
      ['1d', undefined],
      ['9999999999h', undefined],
    ] as const) {
      expect(canonical(text), text).toBe(out);
    }
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 62n), 2n ** 62n), (n) => {
        expect(parseDuration(formatDuration(n))).toBe(n);
      }),
    );
  });
});
