/** A cluster that ends leaves nothing on the machine: by its own `stop`, and by the sweep after a test run that died. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { isAlive } from '../harness/process.ts';
import { sweepScratch } from '../harness/sweep.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-trace-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const said = (command: string, ...args: string[]): string => spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '';

/** Everything on the machine that carries the cluster's name. */
const traces = async (cluster: TestCluster, pids: readonly number[]) => {
  const { clusterUid } = cluster.identity;
  const mark = `kedge_${clusterUid.slice(0, 8)}`;
  const lines = (text: string) => text.split('\n').filter((line) => line.includes(mark) || line.includes(cluster.folder.root));
  return {
    processes: pids.filter(isAlive).length,
    containers: (await cluster.containers()).length,
    networks: (await cluster.docker.listNetworks()).filter(({ Name }) => Name.includes(clusterUid.slice(0, 8))).length,
    packetTables: lines(said('nft', 'list', 'tables')).length,
    forwardRules: lines(said('iptables', '-w', '-S', 'DOCKER-USER')).length,
    mounts: lines(readFileSync('/proc/mounts', 'utf8')).length,
    inMemory: existsSync('/dev/shm') ? readdirSync('/dev/shm').filter((name) => name.includes(clusterUid)).length : 0,
  };
};
const none = { processes: 0, containers: 0, networks: 0, packetTables: 0, forwardRules: 0, mounts: 0, inMemory: 0 };

const pod = `apiVersion: v1
kind: Pod
metadata: { name: user }
spec:
  containers:
  - { name: main, image: nginx, imagePullPolicy: IfNotPresent, volumeMounts: [{ name: memory, mountPath: /memory }] }
  volumes: [{ name: memory, emptyDir: { medium: Memory } }]
`;

it.each([
  ['stop', (cluster: TestCluster) => cluster.stop()],
  ['the sweep of a run that died', (cluster: TestCluster) => sweepScratch(scratch, cluster.docker)],
])('%s takes everything away', async (_, end) => {
  const cluster = await startCluster({ name: 'trace', dir: join(scratch, 'cluster') });
  const pids = [cluster.agentPid(), cluster.controlPlanePid()];
  try {
    await cluster.ok('create -f -', { input: pod });
    await cluster.ok('wait --for=condition=Ready pod/user --timeout=120s');
    expect(await traces(cluster, pids)).toMatchObject({ processes: 2, containers: 2, networks: 1, inMemory: 1 });
    await end(cluster);
    expect(await traces(cluster, pids)).toEqual(none);
  } finally {
    await cluster.stop();
  }
  expect(existsSync(cluster.folder.root)).toBe(false);
});
