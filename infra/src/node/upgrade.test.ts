/** An upgrade over a real folder and a real server of files; only the service manager is told what to do by the test. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeLayout, stateFiles } from './layout.ts';
import type { Service } from './service.ts';
import { upgradeAgent } from './upgrade.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const served = new Map<string, string>();
let server: Server;
let root: string;
let restarts = 0;

const publish = (version: string, agent: string, claimed = sha(agent)): void => {
  served.set('agent.mjs', agent).set('launcher.sh', '#!/bin/sh\n');
  const manifest = {
    version,
    agent: { file: 'agent.mjs', sha256: claimed, bytes: 1 },
    launcher: { file: 'launcher.sh', sha256: sha('#!/bin/sh\n') },
    runtimes: {},
  };
  served.set('manifest.json', JSON.stringify(manifest));
};
const current = () => join(nodeLayout(root).program, 'current');
const files = () => stateFiles(nodeLayout(root).state);

/** A service manager under which a restart ends as `trial` says. */
const service = (trial: (previous: string) => void): Service => ({
  managed: true,
  state: () => 'active',
  restart: () => {
    restarts++;
    const previous = readFileSync(files().trial, 'utf8').trim();
    trial(previous);
    rmSync(files().trial);
  },
  remove: () => {},
});
const ready = service(() => {});
const broken = service((previous) => {
  symlinkSync(previous, `${current()}.back`);
  renameSync(`${current()}.back`, current());
  writeFileSync(files().returned, 'x: not Ready in time\n');
});

const upgrade = (by: Service, dryRun = false) =>
  upgradeAgent({
    access: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, caPem: undefined, token: '' },
    ...{ layout: nodeLayout(root), service: by, dryRun, print: () => {}, sleep: async () => {}, tries: 3 },
  });

beforeEach(async () => {
  restarts = 0;
  root = mkdtempSync(join(tmpdir(), 'kedge-upgrade-'));
  const old = join(nodeLayout(root).program, 'versions/0.1.0-old');
  for (const dir of [old, join(nodeLayout(root).program, 'bin'), nodeLayout(root).state]) mkdirSync(dir, { recursive: true });
  symlinkSync('/usr/bin/node', join(old, 'node'));
  symlinkSync(old, current());
  server = createServer((request, response) => {
    const body = served.get(request.url?.replace('/kedge/v1/agent/', '') ?? '');
    response.writeHead(body === undefined ? 503 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  served.clear();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(root, { recursive: true });
});

test('a new version is put beside the old one and started; again, it is there already', async () => {
  publish('0.2.0', 'new');
  const name = `0.2.0-${sha('new').slice(0, 12)}`;
  expect(await upgrade(ready, true)).toMatchObject({ result: 'dry-run', to: name });
  expect([readlinkSync(current()).endsWith('0.1.0-old'), restarts]).toEqual([true, 0]);
  expect(await upgrade(ready)).toMatchObject({ result: 'upgraded', from: '0.1.0-old', to: name });
  expect(readFileSync(join(readlinkSync(current()), 'agent.mjs'), 'utf8')).toBe('new');
  expect(readlinkSync(join(readlinkSync(current()), 'node'))).toBe('/usr/bin/node');
  expect(await upgrade(ready)).toMatchObject({ result: 'present' });
  expect(restarts).toBe(1);
});

test('a version that is taken back is said to be, with the reason', async () => {
  publish('0.2.0', 'new');
  expect(await upgrade(broken)).toMatchObject({ result: 'returned', reason: 'x: not Ready in time' });
  expect(readlinkSync(current()).endsWith('0.1.0-old')).toBe(true);
});

test('what does not have its checksum is not installed', async () => {
  publish('0.2.0', 'new', sha('other'));
  await expect(upgrade(ready)).rejects.toThrow('The checksum of the agent is wrong');
  publish("0'; reboot", 'new');
  await expect(upgrade(ready)).rejects.toThrow('damaged');
  served.clear();
  await expect(upgrade(ready)).rejects.toThrow('carries no agent');
  expect([existsSync(files().trial), readlinkSync(current()).endsWith('0.1.0-old'), restarts]).toEqual([false, true, 0]);
});

test('one trial at a time', async () => {
  publish('0.2.0', 'new');
  writeFileSync(files().trial, 'x\n');
  await expect(upgrade(ready)).rejects.toThrow('on trial this moment');
});
