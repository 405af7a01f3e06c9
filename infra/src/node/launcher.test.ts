/** The launcher, run by a real shell, over programs that stand for agents. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeLayout, stateFiles } from './layout.ts';

const launcher = fileURLToPath(new URL('./launcher.sh', import.meta.url));
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kedge-launcher-'));
  mkdirSync(nodeLayout(root).state, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** An installed version whose agent is this shell text; `$state` is the folder of its state. */
const install = (name: string, text: string): string => {
  const dir = join(nodeLayout(root).program, 'versions', name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'node'), `#!/bin/sh\nstate=${nodeLayout(root).state}\necho "${name} $*" >>$state/log\n${text}\n`, {
    mode: 0o755,
  });
  return dir;
};
const current = () => join(nodeLayout(root).program, 'current');
const files = () => stateFiles(nodeLayout(root).state);
const log = () =>
  readFileSync(join(nodeLayout(root).state, 'log'), 'utf8')
    .trim()
    .split('\n');

const start = (args: readonly string[] = [], env: Record<string, string> = {}) => {
  const child = spawn('sh', [launcher, ...args], {
    env: { PATH: process.env.PATH, KEDGE_ROOT: root, KEDGE_TRIAL_LOOKS: '5000', KEDGE_TRIAL_PAUSE: '0.02', ...env },
    stdio: 'ignore',
  });
  return { child, ended: new Promise<number | null>((resolve) => child.once('close', resolve)) };
};

test('runs the present version, and its commands', async () => {
  symlinkSync(install('a', 'exit 7'), current());
  expect(await start().ended).toBe(7);
  expect(await start(['status', '--json']).ended).toBe(7);
  expect(log().map((line) => line.replace(/ \S*agent\.mjs/, ' agent.mjs'))).toEqual([
    `a --disable-warning=ExperimentalWarning agent.mjs run --config ${files().config}`,
    'a --disable-warning=ExperimentalWarning agent.mjs status --json',
  ]);
});

test('keeps a version on trial that becomes Ready, and passes the end on to it', async () => {
  const before = install('a', 'exit 0');
  symlinkSync(install('b', "trap 'echo ended >>$state/log; exit 5' TERM\necho b >$state/ready\nwhile :; do sleep 0.05; done"), current());
  writeFileSync(files().trial, `${before}\n`);
  const { child, ended } = start();
  await expect.poll(() => existsSync(files().trial), { timeout: 30_000, interval: 20 }).toBe(false);
  child.kill('SIGTERM');
  expect(await ended).toBe(5);
  expect([readlinkSync(current()).endsWith('/b'), log().at(-1)]).toEqual([true, 'ended']);
});

test.each([
  ['ends by itself', 'exit 1', 'it ended by itself'],
  ['is not Ready in time', "trap 'exit 0' TERM\nwhile :; do sleep 0.05; done", 'not Ready in time'],
  ['left its sign of being Ready from before', 'exit 1', 'it ended by itself'],
])('takes a version back that %s', async (what, text, why) => {
  const before = install('a', 'exit 9');
  symlinkSync(install('b', text), current());
  writeFileSync(files().trial, `${before}\n`);
  if (what.startsWith('left')) writeFileSync(files().ready, 'a\n');
  expect(await start([], { ...(what.startsWith('is not') ? { KEDGE_TRIAL_LOOKS: '10' } : {}) }).ended).toBe(9);
  expect(readlinkSync(current())).toBe(before);
  expect(readFileSync(files().returned, 'utf8')).toMatch(new RegExp(`/b: ${why}$`, 'm'));
  expect(existsSync(files().trial)).toBe(false);
});
