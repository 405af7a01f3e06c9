/**
 * The control plane on workerd as one process for `kedge dev-workers`: a libSQL server over HTTP, `wrangler dev`, and the cron trigger each minute. Takes
 * the same `--config FILE` and says the same ready line as control-plane/src/platform/node.ts. It ends when one of its parts ends.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '#control-plane/platform/node/config.ts';
import { writePrivate } from '../cluster/folder.ts';
import { startHranaServer } from '../hrana/server.ts';
import { endWorkerd, recordWorkerd } from './leftovers.ts';
import { workerVariables } from './variables.ts';
import { descendants, startWrangler } from './wrangler.ts';

const watchMs = 1_000;
/** Wrangler's own proxy can lose its way when it and workerd die at once; then only a new wrangler helps. */
const checkMs = 10_000;
const silentChecks = 3;
const startMs = 90_000;

const log = (level: 'info' | 'warn' | 'error', message: string): void =>
  console.error(JSON.stringify({ level, component: 'workers', message }));

const numberAfter = (option: string, otherwise = 0): number => {
  const at = process.argv.indexOf(option);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${option} ${process.argv[at + 1]}: not a number from 0 on`);
  return value;
};

const main = async (): Promise<void> => {
  const stopped = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve(undefined));
  });
  const config = readConfig(process.argv);
  const variables = join(config.dir, 'worker-variables');
  const state = join(config.dir, 'objects');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  await endWorkerd(config.dir);

  const database = await startHranaServer({
    path: join(config.dir, 'libsql.db'),
    port: 0,
    latencyMs: numberAfter('--latency-ms'),
    dropRate: numberAfter('--drop-rate'),
  });
  writePrivate(variables, workerVariables(config, database.url));
  const { host, port } = config.listen;
  const worker = await startWrangler({ host, port, tls: config.tls, variables, state }, startMs);

  let noted = '';
  /** Wrangler starts another workerd when a source file changes or workerd dies. */
  const note = (): void => {
    const pids = [worker.pid, ...descendants(worker.pid)];
    if (String(pids) === noted) return;
    noted = String(pids);
    recordWorkerd(config.dir, pids);
  };
  note();
  let checking: NodeJS.Timeout | undefined;
  const watching = setInterval(note, watchMs);
  const silent = new Promise<string>((resolve) => {
    let missed = 0;
    checking = setInterval(async () => {
      missed = (await worker.answers()) ? 0 : missed + 1;
      if (missed >= silentChecks) resolve('gives no answer any more');
    }, checkMs);
  });
  const tick = (): Promise<void> => worker.tick().catch((error: Error) => log('warn', `the cron trigger failed: ${error.message}`));
  // workerd has no clock of its own for this
  const cronMs = numberAfter('--cron-ms', 60_000);
  const cron = cronMs > 0 ? setInterval(() => void tick(), cronMs) : undefined;
  // a new cluster has its first namespaces after one
  await tick();
  console.log(JSON.stringify({ ready: true, url: `https://127.0.0.1:${port}` }));

  const how = await Promise.race([worker.ended, silent, stopped]);
  clearInterval(watching);
  clearInterval(cron);
  clearInterval(checking);
  if (how !== undefined) log('error', `wrangler ${how}`);
  await worker.stop();
  await endWorkerd(config.dir);
  await database.close();
  process.exit(how === undefined ? 0 : 1);
};

try {
  await main();
} catch (error) {
  log('error', (error as Error).message);
  process.exit(1);
}
