import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createOpenSessions, ofCredential, ofNode } from './sessions.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('ends what hangs on a credential or a node, once, and nothing else', () => {
  const sessions = createOpenSessions(() => Date.now());
  const ended: string[] = [];
  const hold = (name: string, ...keys: string[]) => sessions.hold({ keys, end: (reason) => ended.push(`${name}: ${reason}`) });
  hold('exec', ofCredential('a'), ofNode('n1'));
  hold('watch', ofCredential('a'));
  hold('other', ofCredential('b'), ofNode('n1'));
  hold('gone', ofCredential('a'))();
  sessions.end(ofCredential('a'), 'revoked');
  sessions.end(ofNode('n1'), 'deleted');
  sessions.end(ofCredential('b'), 'revoked');
  sessions.end(ofCredential('never'), 'revoked');
  expect(ended).toEqual(['exec: revoked', 'watch: revoked', 'other: deleted']);
});

it('ends a session with its time, however far that is', () => {
  const sessions = createOpenSessions(() => Date.now());
  const ended: string[] = [];
  const hold = (name: string, ms: number) => sessions.hold({ keys: [], expiresMs: Date.now() + ms, end: () => ended.push(name) });
  hold('past', -1);
  hold('soon', 1_000);
  hold('far', 60 * 24 * 3_600_000);
  hold('released', 1_000)();
  expect(ended).toEqual(['past']);
  vi.advanceTimersByTime(1_000);
  expect(ended).toEqual(['past', 'soon']);
  vi.advanceTimersByTime(60 * 24 * 3_600_000);
  expect(ended).toEqual(['past', 'soon', 'far']);
  expect(vi.getTimerCount()).toBe(0);
});

it('a credential that ended opens nothing while it is still remembered as good; a node may come back', () => {
  const sessions = createOpenSessions(() => Date.now());
  const ended: string[] = [];
  const hold = (name: string, key: string) => sessions.hold({ keys: [key], end: (reason) => ended.push(`${name}: ${reason}`) });
  sessions.end(ofCredential('a'), 'revoked');
  sessions.end(ofNode('n1'), 'deleted');
  hold('back at once', ofCredential('a'));
  hold('another', ofCredential('b'));
  hold('node', ofNode('n1'));
  vi.advanceTimersByTime(6_000);
  hold('made anew', ofCredential('a'));
  expect(ended).toEqual(['back at once: revoked']);
  expect(sessions.size).toBe(3);
});
