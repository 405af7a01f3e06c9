/**
 * `npm run check`: lint and types side by side, then the unit tests. What lint and types say is shown when each has ended, never mixed. Temporary files are
 * kept in memory where the machine has room for them: the tests open hundreds of databases, and each commit of one would wait for the disk.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bytesNeeded = 2 ** 30;

/** A folder in memory with room for a run, if there is one. */
const inMemory = (): string | undefined => {
  const folder = '/dev/shm';
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= bytesNeeded ? folder : undefined;
  } catch {
    return undefined;
  }
};

/** Resolves to the exit code. */
const run = (words: readonly string[], { env, isAlone }: { env?: NodeJS.ProcessEnv; isAlone: boolean }): Promise<number> =>
  new Promise((resolve) => {
    const [program = '', ...args] = words;
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: isAlone ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => said.push(data));
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(said));
      if (code !== 0) console.error(`check: ${words.join(' ')} failed`);
      resolve(code ?? 1);
    });
  });

const first = await Promise.all([
  run(['biome', 'check', '.', ...(process.stdout.isTTY ? ['--colors=force'] : [])], { isAlone: false }),
  run([process.execPath, 'infra/src/dev/types.ts'], { isAlone: false }),
]);
if (first.some((code) => code !== 0)) process.exit(1);
const memory = inMemory();
// compiled code outlives the run, so it stays where it was
const env =
  memory === undefined
    ? {}
    : { TMPDIR: memory, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache') };
process.exit(await run(['vitest', 'run', '--project', 'unit'], { isAlone: true, env }));
