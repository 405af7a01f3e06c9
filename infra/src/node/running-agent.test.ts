import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { stateFiles } from './layout.ts';
import { runningAgent } from './running-agent.ts';

const state = mkdtempSync(join(tmpdir(), 'kedge-agent-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));
const files = stateFiles(state);
/** `T`: stopped. */
const stateOf = (pid: number): string => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;

/** A process with these words after its program; gone with the test at the latest. */
const start = async (...words: string[]) => {
  const child = spawn('sh', ['-c', 'echo up; read line', 'sh', ...words], { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const ended = once(child, 'exit');
  writeFileSync(files.pid, `${child.pid}\n`);
  return { pid: child.pid!, ended, stop: () => child.kill('SIGKILL') };
};
const sleep = (ms: number): Promise<void> => delay(ms / 10);

test('an agent is held still, goes on, and ends', async () => {
  const { pid, ended } = await start('run', '--config', files.config);
  const agent = runningAgent(files);
  agent.pause();
  await expect.poll(() => stateOf(pid)).toBe('T');
  agent.resume();
  await expect.poll(() => stateOf(pid)).not.toBe('T');
  agent.pause();
  await agent.end(sleep);
  expect(await ended).toEqual([null, 'SIGTERM']);
});

test('a pid that is another program’s by now is left alone, and none is no error', async () => {
  const { pid, stop } = await start('--config', '/elsewhere/agent.json');
  const agent = runningAgent(files);
  agent.pause();
  await agent.end(sleep);
  expect(stateOf(pid)).not.toMatch(/[TZ]/);
  stop();
  rmSync(files.pid);
  await runningAgent(files).end(sleep);
});
