/**
 * `node tests/bench/edge/cold-start.ts`: from the start of workerd to the first answer, for a Worker that answers at once, for a bare Hono Worker and for
 * Kedge with its database beside it; the modules are those `wrangler deploy` would send. Processor time is of all threads of workerd until then: it wobbles
 * less than the clock where others work.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHranaServer } from '#infra/hrana/server.ts';
import { freePort } from '../../harness/free-port.ts';
import { nodePath, repoDir } from '../../harness/paths.ts';
import { forgetProcess, ownProcess, stopProcess } from '../../harness/process.ts';

const runs = 15;
const goal = 4;

const workerd = join(repoDir, 'node_modules/@cloudflare/workerd-linux-64/bin/workerd');
const wrangler = join(repoDir, 'node_modules/wrangler/wrangler-dist/cli.js');
const objects = ['HubObject', 'LoopObject', 'RelayObject'];

const compatibilityDate = '2026-11-17';

/** `modules`: the main one first. */
const config = (port: number, modules: readonly string[], variables: Readonly<Record<string, string>> | undefined): string => {
  const text = Object.entries(variables ?? {}).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`);
  const bindings = variables
    ? objects.map((name) => `(name = "${name.replace('Object', '').toUpperCase()}", durableObjectNamespace = "${name}")`)
    : [];
  const namespaces = variables ? objects.map((name) => `(className = "${name}", uniqueKey = "${name}", enableSql = true)`) : [];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [${modules.map((name) => `(name = "${name}", esModule = embed "${name}")`).join(', ')}],
  compatibilityDate = "${compatibilityDate}",
  compatibilityFlags = ["request_signal_passthrough"],
  bindings = [${[...text, ...bindings].join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (inMemory = void)
);
`;
};

interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Of all threads; finer than the clock ticks of utime. */
const processorMs = (pid: number): number => {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e6;
};

/** From the start of the process to the first answer. */
const firstAnswer = async (folder: string, port: number): Promise<Taken> => {
  const startedAt = performance.now();
  const child = spawn(workerd, ['serve', join(folder, 'config.capnp')], { stdio: ['ignore', 'ignore', 'inherit'] });
  ownProcess(child.pid as number);
  try {
    for (;;) {
      const status = await fetch(`http://127.0.0.1:${port}/livez`).then(
        async (response) => {
          await response.text();
          return response.status;
        },
        () => undefined,
      );
      if (status === 200) return { ms: performance.now() - startedAt, cpuMs: processorMs(child.pid as number) };
      if (status !== undefined) throw new Error(`${folder}: answered with ${status}`);
      if (performance.now() - startedAt > 30_000) throw new Error(`${folder}: no answer`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    await stopProcess(child.pid as number, { signal: 'SIGKILL' });
    forgetProcess(child.pid as number);
  }
};

const bundle = (configFile: string, folder: string): void => {
  execFileSync(nodePath, [wrangler, 'deploy', '--dry-run', '--config', configFile, '--outdir', folder], {
    cwd: repoDir,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' },
    stdio: 'pipe',
  });
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

const dir = mkdtempSync(join(tmpdir(), 'kedge-cold-'));
const database = await startHranaServer({ path: join(dir, 'k.db'), port: 0 });
try {
  const kinds = ['empty', 'hono', 'kedge'] as const;
  const folders = Object.fromEntries(kinds.map((kind) => [kind, join(dir, kind, 'out')])) as Record<(typeof kinds)[number], string>;
  for (const kind of kinds) mkdirSync(folders[kind], { recursive: true });
  writeFileSync(join(folders.empty, 'worker.js'), "export default { fetch: () => new Response('ok') };\n");
  const hono = JSON.stringify(join(repoDir, 'node_modules/hono/dist/index.js'));
  writeFileSync(
    join(dir, 'hono/worker.js'),
    `import { Hono } from ${hono};\nconst app = new Hono();\napp.get('/livez', (context) => context.text('ok'));\nexport default app;\n`,
  );
  writeFileSync(join(dir, 'hono/wrangler.toml'), `name = "hono"\nmain = "worker.js"\ncompatibility_date = "${compatibilityDate}"\n`);
  bundle(join(dir, 'hono/wrangler.toml'), folders.hono);
  bundle(join(repoDir, 'wrangler.toml'), folders.kedge);
  const variables = {
    KEDGE_CLUSTER_UID: 'cold',
    KEDGE_DATABASE_URL: database.url,
    KEDGE_POD_CIDR: '10.64.0.0/16',
    KEDGE_SERVICE_CIDR: '10.96.0.0/16',
    KEDGE_BOOTSTRAP_TOKENS: '[]',
    KEDGE_KEYS: JSON.stringify({
      tokenHmacKey: btoa('h'.repeat(32)),
      saSigningKey: {},
      sealingKeys: [{ id: 'k', key: btoa('x'.repeat(32)) }],
    }),
  };
  const ports: Record<string, number> = {};
  for (const kind of kinds) {
    ports[kind] = await freePort();
    const isMain = (name: string): boolean => /^worker\.m?js$/.test(name);
    const modules = readdirSync(folders[kind]).filter((name) => /\.m?js$/.test(name));
    modules.sort((a, b) => Number(isMain(b)) - Number(isMain(a)));
    writeFileSync(join(folders[kind], 'config.capnp'), config(ports[kind], modules, kind === 'kedge' ? variables : undefined));
  }

  const times: Record<(typeof kinds)[number], Taken[]> = { empty: [], hono: [], kedge: [] };
  // the first of each is for the page cache and the database's tables
  for (let run = -1; run < runs; run++) {
    for (const kind of kinds) {
      const taken = await firstAnswer(folders[kind], ports[kind] as number);
      if (run >= 0) times[kind].push(taken);
    }
  }
  const middle = (kind: (typeof kinds)[number], of: keyof Taken): number => median(times[kind].map((taken) => taken[of]));
  for (const kind of kinds) {
    const best = Math.min(...times[kind].map(({ ms }) => ms)).toFixed(0);
    const figures = [
      `${middle(kind, 'ms').toFixed(0).padStart(5)} ms, best ${best} ms`,
      `${middle(kind, 'cpuMs').toFixed(0)} ms of processor time`,
    ];
    console.log(`${kind.padEnd(6)} ${figures.join(', ')}`);
  }
  const own = (kind: (typeof kinds)[number]): string => (middle(kind, 'ms') - middle('empty', 'ms')).toFixed(0);
  console.log(`a bare Hono Worker adds ${own('hono')} ms to workerd's own start, Kedge ${own('kedge')} ms`);
  const ratio = middle('kedge', 'ms') / middle('hono', 'ms');
  console.log(
    `Kedge's first answer takes ${ratio.toFixed(1)} times a bare Hono Worker's (goal: at most ${goal}): ${ratio <= goal ? 'met' : 'missed'}`,
  );
} finally {
  await database.close();
  rmSync(dir, { recursive: true, force: true });
}
