/**
 * `node tests/bench/edge/cold-start.ts`: from the start of workerd to the first answer, for a Worker that answers at once, for a bare Hono Worker and for
 * Kedge with its database beside it; the bundle is the one `wrangler deploy` would send. What workerd itself takes is the first, and is taken off.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const config = (port: number, variables: Readonly<Record<string, string>> | undefined): string => {
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
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-08-04",
  compatibilityFlags = ["enable_request_signal", "request_signal_passthrough"],
  bindings = [${[...text, ...bindings].join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (inMemory = void)
);
`;
};

/** Milliseconds from the start of the process to the first answer. */
const firstAnswer = async (folder: string, port: number): Promise<number> => {
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
      if (status === 200) return performance.now() - startedAt;
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
  const ports: Record<string, number> = {};
  for (const kind of kinds) {
    const folder = join(dir, kind);
    mkdirSync(folder);
    ports[kind] = await freePort();
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
    writeFileSync(join(folder, 'config.capnp'), config(ports[kind], kind === 'kedge' ? variables : undefined));
  }
  writeFileSync(join(dir, 'empty/worker.js'), "export default { fetch: () => new Response('ok') };\n");
  const hono = JSON.stringify(join(repoDir, 'node_modules/hono/dist/index.js'));
  writeFileSync(
    join(dir, 'hono/main.js'),
    `import { Hono } from ${hono};\nconst app = new Hono();\napp.get('/livez', (context) => context.text('ok'));\nexport default app;\n`,
  );
  writeFileSync(join(dir, 'hono/wrangler.toml'), 'name = "hono"\nmain = "main.js"\ncompatibility_date = "2026-08-04"\n');
  bundle(join(dir, 'hono/wrangler.toml'), join(dir, 'hono/out'));
  writeFileSync(join(dir, 'hono/worker.js'), readFileSync(join(dir, 'hono/out/main.js')));
  bundle(join(repoDir, 'wrangler.toml'), join(dir, 'kedge/out'));
  writeFileSync(join(dir, 'kedge/worker.js'), readFileSync(join(dir, 'kedge/out/worker.js')));

  const times: Record<(typeof kinds)[number], number[]> = { empty: [], hono: [], kedge: [] };
  // the first of each is for the page cache and the database's tables
  for (let run = -1; run < runs; run++) {
    for (const kind of kinds) {
      const ms = await firstAnswer(join(dir, kind), ports[kind] as number);
      if (run >= 0) times[kind].push(ms);
    }
  }
  const own = (kind: (typeof kinds)[number]): number => median(times[kind]) - median(times.empty);
  for (const kind of kinds)
    console.log(`${kind.padEnd(6)} ${median(times[kind]).toFixed(0).padStart(5)} ms, best ${Math.min(...times[kind]).toFixed(0)} ms`);
  console.log(`a bare Hono Worker adds ${own('hono').toFixed(0)} ms to workerd's own start, Kedge ${own('kedge').toFixed(0)} ms`);
  const ratio = median(times.kedge) / median(times.hono);
  console.log(
    `Kedge's first answer takes ${ratio.toFixed(1)} times a bare Hono Worker's (goal: at most ${goal}): ${ratio <= goal ? 'met' : 'missed'}`,
  );
} finally {
  await database.close();
  rmSync(dir, { recursive: true, force: true });
}
