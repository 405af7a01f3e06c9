/** Drill 6: two clusters started by the command line on one machine and one engine. `down` of one takes all of it away and nothing of the other, which serves on. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readJson } from '#infra/cluster/folder.ts';
import type { ClusterIdentity } from '#infra/cluster/identity.ts';
import { dockerAt } from '../harness/engine.ts';
import { freePort } from '../harness/free-port.ts';
import { kubectl } from '../harness/kubectl.ts';
import { nodePath, repoDir } from '../harness/paths.ts';
import { forgetProcess, ownProcess, stopProcess, waitFor } from '../harness/process.ts';
import { configMap, manifest, nginxDeployment, service } from './guestbook.ts';
import { get, startLoad } from './requests.ts';

const run = promisify(execFile);
const cli = (dir: string, ...args: string[]) => ({
  args: [join(repoDir, 'infra/src/cli.ts'), ...args],
  options: { cwd: repoDir, env: { ...process.env, KEDGE_DIR: dir, NO_COLOR: '1' } },
});

interface CliCluster {
  readonly dir: string;
  readonly identity: ClusterIdentity;
  ok(args: string, input?: string): Promise<string>;
  url: { clusterIP: string; nodePort: string };
}

const dirs: string[] = [];
const ups: ChildProcess[] = [];
let docker: Docker;

const up = async (name: string): Promise<CliCluster> => {
  const dir = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), `kedge-${name}-`));
  dirs.push(dir);
  const { args, options } = cli(dir, 'up', '--port', String(await freePort()));
  const child = spawn(nodePath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid as number;
  ups.push(child);
  ownProcess(pid);
  child.once('exit', () => forgetProcess(pid));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const kubeconfig = join(dir, 'kubeconfig');
  const ok = async (line: string, input?: string) => {
    const { stdout, stderr, code } = await kubectl(kubeconfig, line, { home: dir, ...(input !== undefined && { input }) });
    if (code !== 0) throw new Error(`kubectl ${line} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  await waitFor(`${name} to be up`, async () => existsSync(kubeconfig) && / Ready /.test(await ok('get nodes')), {
    timeoutMs: 120_000,
    giveUp: () => (child.exitCode === null ? undefined : `it ended with ${child.exitCode}\n${said}`),
  });
  const site = `server { listen 80; location / { default_type text/plain; return 200 "${name}\\n"; } }`;
  await ok(
    'create -f -',
    manifest(
      configMap('site', { 'default.conf': site }),
      service('web', { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] }),
      nginxDeployment({ name: 'web', replicas: 2, site: 'site', probePath: '/' }),
    ),
  );
  await ok('rollout status deployment/web --timeout=120s');
  const [clusterIP, port] = (await ok('get service web -o jsonpath={.spec.clusterIP}:{.spec.ports[0].nodePort}')).split(':');
  return {
    dir,
    identity: readJson<ClusterIdentity>(join(dir, 'cluster.json')) as ClusterIdentity,
    ok,
    url: { clusterIP: `http://${clusterIP}`, nodePort: `http://127.0.0.1:${port}` },
  };
};

const down = async ({ dir }: Pick<CliCluster, 'dir'>): Promise<string> => {
  const { args, options } = cli(dir, 'down');
  return (await run(nodePath, args, { ...options, timeout: 150_000 })).stdout;
};

/** What the machine still has of a cluster: containers, networks, packet rules, mounts and memory. */
const tracesOf = async ({ clusterUid }: ClusterIdentity): Promise<string[]> => {
  const short = clusterUid.replaceAll('-', '').slice(0, 8);
  const filters = { label: [`kedge.dev/cluster=${clusterUid}`] };
  const [containers, networks, tables, rules, routes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    run('nft', ['list', 'tables']),
    run('iptables', ['-w', '-S', 'DOCKER-USER']),
    run('ip', ['route']),
  ]);
  const lines = [tables, rules, routes].flatMap(({ stdout }) => stdout.split('\n'));
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  return [
    ...containers.map(({ Names }) => `container ${Names}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...[...lines, ...mounts, ...readdirSync('/dev/shm')].filter((line) => line.includes(short) || line.includes(clusterUid)),
  ];
};

let blue: CliCluster;
let green: CliCluster;

beforeAll(async () => {
  docker = dockerAt(process.env.DOCKER_HOST as string);
  [blue, green] = (await Promise.all([up('blue'), up('green')])) as [CliCluster, CliCluster];
});

afterAll(async () => {
  for (const dir of dirs) await down({ dir }).catch((error: Error) => console.error(error.message));
  for (const { pid } of ups) if (pid !== undefined) await stopProcess(pid);
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
});

test('two clusters serve side by side, and the end of one is nothing to the other', async () => {
  expect(blue.identity.podCIDR).not.toBe(green.identity.podCIDR);
  // Ready in the API comes first; the rules of the node follow
  for (const [name, cluster] of Object.entries({ blue, green })) {
    for (const url of Object.values(cluster.url))
      await vi.waitFor(async () => expect(await get(url), url).toMatchObject({ status: 200, body: `${name}\n` }), {
        timeout: 90_000,
        interval: 200,
      });
  }
  expect((await tracesOf(blue.identity)).length).toBeGreaterThan(4);

  const before = await green.ok('get pods -o wide --no-headers');
  const load = startLoad(Object.values(green.url), 2);
  try {
    expect(await down(blue)).toMatch(/Removed \d+ containers and 1 network /);
    expect(await tracesOf(blue.identity)).toEqual([]);
    await green.ok('scale deployment/web --replicas=3');
    await green.ok('rollout status deployment/web --timeout=120s');
  } finally {
    await load.stop();
  }
  expect(load.failures.slice(0, 10)).toEqual([]);
  expect(load.sent).toBeGreaterThan(20);
  const names = (text: string) => text.split('\n').map((line) => line.split(/\s+/)[0] ?? '');
  expect(names(await green.ok('get pods --no-headers'))).toEqual(expect.arrayContaining(names(before)));

  await down(green);
  expect(await tracesOf(green.identity)).toEqual([]);
});
