import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterFolder, makeFolder, writePrivateJson } from '../cluster/folder.ts';
import { describeProcess, writeRunning } from '../cluster/lock.ts';
import type { TokenEntry } from '../tokens/list.ts';
import { clockFinding, nodeFindings, readyFinding, tokenFindings } from './cluster.ts';
import { findingsText } from './finding.ts';
import { dockerFinding, nodeFinding, portFinding, toolsFinding } from './machine.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const node = (name: string, ready: string, more: object[] = [], version = 'v1') => ({
  metadata: { name },
  status: { nodeInfo: { kubeletVersion: version }, conditions: [{ type: 'Ready', status: ready, message: 'because' }, ...more] },
});

test('each thing that is wrong is found, with how to mend it', () => {
  const nodes = [
    node('n1', 'True', [{ type: 'kedge.dev/ServicesDegraded', status: 'True', message: 'no nft' }]),
    node('n2', 'False'),
    node('n3', 'Unknown'),
    node('n4', 'True', [{ type: 'DiskPressure', status: 'True', message: 'disk is 95 % full' }], 'v0'),
    { metadata: { name: 'n5' } },
  ];
  const token = (id: string, more: Partial<TokenEntry>): TokenEntry => ({
    ...{ id, type: 'user', user: 'ada', groups: [], expired: false, description: '', created: '' },
    ...more,
  });
  const tokens = [
    token('t1', {}),
    token('t2', { expires: '2026-01-03T00:00:00Z' }),
    token('t3', { type: 'node', user: 'system:node:n2', expires: '2026-01-02T00:00:00Z' }),
    token('t4', { type: 'join', user: '', expires: '2025-12-31T00:00:00Z', expired: true }),
  ];
  const findings = [
    nodeFinding('18.20.0'),
    ...nodeFindings(nodes, 'v1'),
    ...tokenFindings(tokens, nowMs),
    clockFinding('Wed, 31 Dec 2025 23:58:00 GMT', nowMs),
    clockFinding(undefined, nowMs),
    readyFinding(500, '[+]ping ok\n[-]store failed: reason withheld\n'),
    readyFinding(502, 'bad gateway'),
    toolsFinding('/nowhere', 1000),
  ];
  expect(findings.every(({ state, mend }) => state !== 'ok' && mend)).toBe(true);
  expect(findingsText(findings)).toMatchInlineSnapshot(`
    "  ✗ Node.js        18.20.0 is too old
                       → install 22 or newer, or start with npm start, which brings its own
      ✗ node n2        not Ready: because
                       → on n2: is Docker running (systemctl status docker)? journalctl -u kedge-agent says more
      ✗ node n3        not Ready: because
                       → on n3: is it on, does it reach the control plane? systemctl status kedge-agent; gone for good: kedge node leave n3 --force
      ✗ node n5        not Ready: it never reported
                       → on n5: is it on, does it reach the control plane? systemctl status kedge-agent; gone for good: kedge node leave n5 --force
      ! node n1        Services do not work there: no nft
                       → run the agent as root and install nftables, iproute2, iptables and conntrack
      ! node n4        DiskPressure: disk is 95 % full
                       → free some, or add a node
      ! agents         another version than v1 on n4
                       → on each: sudo /opt/kedge/bin/kedge-agent upgrade
      ! token          ada (t2) ends in 2 d
                       → make another with \`kedge token create\`, then revoke this one
      ! token          system:node:n2 (t3) ends in 24 h
                       → its agent renews it while it runs: look at the node
      ! tokens         1 expired: join token t4
                       → kedge token revoke ID tidies up
      ✗ clock          120 s ahead of the control plane
                       → set it: timedatectl set-ntp true; tokens and certificates are judged by time
      ! clock          the control plane says no time
                       → a proxy takes its Date header away
      ✗ database       the control plane answers, its database does not
                       → Workers: is the database blocked by its quota, the token revoked? On this machine: disk full? See logs/control-plane.log
      ✗ control plane  answers with 502: bad gateway
                       → its log says why: logs/control-plane.log, or npx wrangler tail
      ! rights         not root: the agent may not change the network, so Services do not work
                       → run it as root, or as a service (kedge token create --join)

    7 to mend, 8 to look at."
  `);
});

test('what is well is said to be', () => {
  const findings = [
    nodeFinding('24.1.0'),
    ...nodeFindings([node('n1', 'True')], 'v1'),
    ...tokenFindings([], nowMs),
    clockFinding('Thu, 01 Jan 2026 00:00:10 GMT', nowMs),
    readyFinding(200, 'ok'),
  ];
  expect(findings.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  expect(findingsText(findings)).toMatch(/Everything is well\.$/);
});

test('an engine that does not answer, and a port that is taken', async () => {
  expect(await dockerFinding({ DOCKER_HOST: 'unix:///nowhere/docker.sock' })).toMatchObject({
    state: 'failed',
    mend: expect.stringContaining('start Docker'),
  });
  const folder = clusterFolder(mkdtempSync(join(tmpdir(), 'kedge-doctor-')));
  makeFolder(folder);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, resolve));
  const { port } = taken.address() as { port: number };
  writePrivateJson(folder.identity, { version: 1, port });
  expect(await portFinding(folder)).toMatchObject({ state: 'failed', mend: `start with another one: npm start -- --port ${port + 1}` });
  // `kedge up` was killed, its control plane was not: this process stands for it
  writeRunning(folder, {
    up: { pid: process.pid, started: 'long ago' },
    children: [{ ...describeProcess(process.pid), name: 'control plane' }],
  });
  expect(await portFinding(folder)).toMatchObject({
    state: 'warning',
    found: `${port}, held by what a Kedge of this folder left when it was killed (pid ${process.pid})`,
  });
  await new Promise((resolve) => taken.close(resolve));
  rmSync(folder.root, { recursive: true });
});
