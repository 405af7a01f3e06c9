import { expect, it } from 'vitest';
import { byteWord } from './byte-words.ts';

it('reads what it says, and nothing else', () => {
  const { say, read } = byteWord('credit');
  expect([say(0), say(4096)]).toEqual(['credit 0', 'credit 4096']);
  expect([read(say(0)), read(say(999_999_999_999))]).toEqual([0, 999_999_999_999]);
  const others = [
    'credit',
    'credit ',
    'credit -1',
    'credit 1 2',
    'credit 1e3',
    'credit 1234567890123',
    ' credit 1',
    'taken 1',
    new Uint8Array(8),
  ];
  for (const other of others) expect(read(other)).toBeUndefined();
});
