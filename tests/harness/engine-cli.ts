/**
 * The private Docker Engine of the tests from a shell, for work by hand:
 *   node tests/harness/engine-cli.ts start|stop|env|images [folder]     (default folder: <tmp>/kedge-engine)
 */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerAt, enginePid, installEngine, registryPid, removeEngineDir, startEngine } from './engine.ts';
import { ensureImages } from './images.ts';
import { stopProcess } from './process.ts';

const [command = 'env', dir = join(tmpdir(), 'kedge-engine')] = process.argv.slice(2);
const print = (line: string) => console.log(line);

const commands: Record<string, () => Promise<void>> = {
  // Also for an engine that runs already: starts what of it is missing.
  start: async () => {
    installEngine(print);
    const engine = await startEngine({ name: 'cli', dir, owned: false });
    print(`export DOCKER_HOST=${engine.dockerHost}`);
  },
  stop: async () => {
    for (const pid of [enginePid(dir), registryPid(dir)]) if (pid !== undefined) await stopProcess(pid, { timeoutMs: 60_000 });
    removeEngineDir(dir);
  },
  images: async () => {
    const dockerHost = process.env.DOCKER_HOST ?? `unix://${dir}/docker.sock`;
    const portFile = join(dir, 'registry.port');
    const registryPort = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : undefined;
    await ensureImages(
      { docker: dockerAt(dockerHost), isPrivate: true, ...(registryPort !== undefined && { registryPort }) },
      undefined,
      print,
    );
  },
  env: async () => print(`export DOCKER_HOST=unix://${dir}/docker.sock`),
};

const run = commands[command];
if (!run) {
  console.error('usage: engine-cli.ts start|stop|env|images [folder]');
  process.exit(2);
}
await run();
process.exit(0);
