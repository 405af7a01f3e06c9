import { expect, it } from 'vitest';
import fc from '#fast-check';
import { HttpAnswer } from './http-answer.ts';

interface Read {
  readonly status: number;
  readonly body: string;
  readonly whole: boolean;
  readonly reusable: boolean;
}

/** `cuts`: where the bytes are cut. */
const read = (text: string, cuts: readonly number[] = [], ended = false): Read => {
  let body = '';
  const answer = new HttpAnswer((piece) => {
    body += Buffer.from(piece).toString('latin1');
  });
  const bytes = Buffer.from(text, 'latin1');
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [i, from] of at.slice(0, -1).entries()) answer.take(bytes.subarray(from, at[i + 1]));
  if (ended) answer.end();
  return { status: answer.status, body, whole: answer.whole, reusable: answer.reusable };
};

const chunked = (pieces: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${pieces.map((piece) => `${piece.length.toString(16)};ext=1\r\n${piece}\r\n`).join('')}0\r\nTrailer: x\r\n\r\n`;
const measured = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Type: a/b\r\ncontent-length:${body.length}\r\n\r\n${body}`;

it('reads the same however the bytes are cut', () => {
  const piece = fc.string({ minLength: 1, maxLength: 300, unit: 'binary-ascii' });
  const cuts = fc.array(fc.nat(4_000), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), cuts, (pieces, at) => {
      const body = pieces.join('');
      expect(read(chunked(pieces), at)).toEqual({ status: 200, body, whole: true, reusable: true });
      expect(read(measured(body), at)).toEqual({ status: 200, body, whole: true, reusable: true });
      expect(read(`HTTP/1.0 500 No\r\n\r\n${body}`, at, true)).toEqual({ status: 500, body, whole: true, reusable: false });
    }),
    { numRuns: 60 },
  );
});

it.each([
  ['one that is announced', `HTTP/1.1 100 Continue\r\n\r\n${measured('ab')}`, { status: 200, body: 'ab', whole: true, reusable: true }],
  ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '', whole: true, reusable: true }],
  ['a body of no bytes', measured(''), { status: 200, body: '', whole: true, reusable: true }],
  ['the last of a connection', 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx', { reusable: false, whole: true }],
  ['one of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', { reusable: false, whole: true }],
  ['a part of one', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nx', { body: 'x', whole: false }],
])('knows %s', (_what, text, expected) => {
  expect(read(text)).toMatchObject(expected);
});

it.each([
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['an encoding of another kind', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  ['a chunk without length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ['a chunk that goes on', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n'],
  ['more than an answer', `${measured('a')}b`],
  ['a head without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(12_000)}`],
  ['a line without end', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1'.repeat(9_000)}`],
])('refuses %s', (_what, text) => {
  expect(() => read(text)).toThrow();
});

it('refuses an answer that ends too early', () => {
  expect(() => read('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nx', [], true)).toThrow('closed before');
  expect(() => read('', [], true)).toThrow('closed before');
});
