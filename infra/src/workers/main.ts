/**
 * The control plane on workerd as one process for `kedge dev-workers`: a libSQL server over HTTP, `wrangler dev`, and the cron trigger each minute. Takes
 * the same `--config FILE` and says the same ready line as control-plane/src/platform/node.ts. What dies below it is started again.
 */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '#control-plane/platform/node/config.ts';
import { writePrivate } from '../cluster/folder.ts';
import { startHranaServer } from '../hrana/server.ts';
import { serveAgentFiles } from './agent-files.ts';
import { endWorkerd } from './leftovers.ts';
import { superviseWrangler } from './supervise.ts';
import { workerVariables } from './variables.ts';

const firstTickMs = 10_000;

const log = (level: 'info' | 'warn' | 'error', message: string): void =>
  console.error(JSON.stringify({ level, component: 'workers', message }));

const numberAfter = (option: string, otherwise = 0): number => {
  const at = process.argv.indexOf(option);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${option} ${process.argv[at + 1]}: not a number from 0 on`);
  return value;
};

const main = async (): Promise<void> => {
  const stopping = new AbortController();
  const stopped = once(stopping.signal, 'abort');
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
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
  const agentFiles = config.agentDir === undefined ? undefined : await serveAgentFiles(config.agentDir);
  writePrivate(variables, workerVariables(config, database.url, agentFiles?.url));
  const { host, port } = config.listen;
  const worker = await superviseWrangler({
    ...{ host, port, tls: config.tls, variables, state, dataDir: config.dir },
    progress: (line) => log('warn', line),
    signal: stopping.signal,
  });
  const tick = (): Promise<void> => worker.tick().catch((error: Error) => log('warn', `the cron trigger failed: ${error.message}`));
  // workerd has no clock of its own for this
  const cronMs = numberAfter('--cron-ms', 60_000);
  const cron = cronMs > 0 ? setInterval(() => void tick(), cronMs) : undefined;
  // a new cluster has its first namespaces after one; one with much to do need not be waited for
  await Promise.race([tick(), delay(firstTickMs, undefined, { ref: false })]);
  console.log(JSON.stringify({ ready: true, url: `https://127.0.0.1:${port}` }));

  await stopped;
  clearInterval(cron);
  await worker.stop();
  await agentFiles?.close();
  await database.close();
  process.exit(0);
};

try {
  await main();
} catch (error) {
  log('error', (error as Error).message);
  process.exit(1);
}
