import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lastWords, startChild } from './child.ts';
import { endProcess } from './end-process.ts';
import { describeProcess, isRunning } from './lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kedge-child-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const start = (script: string, readyTimeoutMs = 60_000, signal?: AbortSignal) =>
  startChild({
    name: 'thing',
    command: process.execPath,
    args: ['-e', script],
    logFile: join(dir, 'thing.log'),
    cwd: dir,
    env: process.env,
    readyTimeoutMs,
    ...(signal && { signal }),
  });
const ready = `console.log(JSON.stringify({ ready: true, url: 'https://x' }));`;

it('is started when it says so, and ends on SIGTERM', async () => {
  const child = await start(`console.error('hello'); process.on('SIGTERM', () => process.exit(0)); ${ready} setInterval(() => {}, 1000)`);
  expect(child.ready.url).toBe('https://x');
  expect(readFileSync(join(dir, 'thing.log'), 'utf8')).toBe('hello\n');
  await child.stop();
  expect(await child.ended).toBe('ended with exit code 0');
});

it('is killed when it does not listen', async () => {
  const child = await start(`process.on('SIGTERM', () => {}); ${ready} setInterval(() => {}, 1000)`);
  await child.stop(50);
  expect(await child.ended).toBe('ended by SIGKILL');
});

it('tells why a child did not start', async () => {
  const script = `console.error('{"level":"error","message":"the database is newer"}'); process.exit(1)`;
  await expect(start(script)).rejects.toThrow(/The thing did not start: the database is newer/);
  await expect(start('process.exit(3)')).rejects.toThrow(/ended with exit code 3/);
  await expect(start('setInterval(() => {}, 1000)', 200)).rejects.toThrow(/not ready after 0.2 s/);
});

it('waits no longer when it is told to stop', async () => {
  const stopping = new AbortController();
  const starting = start('setInterval(() => {}, 1000)', 60_000, stopping.signal);
  stopping.abort();
  await expect(starting).rejects.toThrow(/was stopped/);
  await expect(start('setInterval(() => {}, 1000)', 60_000, stopping.signal)).rejects.toThrow(/was stopped/);
});

it('finds the last words in a log', () => {
  expect(lastWords('{"level":"error","message":"first"}\n{"level":"error","message":"last"}\n{"level":"info","message":"bye"}\n')).toBe(
    'last',
  );
  expect(lastWords('x\nTypeError: no such thing\n    at a (b:1)\n\nNode.js v24\n')).toBe('TypeError: no such thing');
  expect(lastWords('')).toBe('');
});

it('never signals a pid that belongs to another process now', async () => {
  const child = await start(`${ready} setInterval(() => {}, 1000)`);
  const target = describeProcess(child.pid);
  expect(isRunning(target)).toBe(true);
  await endProcess({ ...target, started: 'another time' });
  expect(isRunning(target)).toBe(true);
  await endProcess(target);
  expect(await child.ended).toBe('ended by SIGTERM');
  expect(isRunning(target)).toBe(false);
});
