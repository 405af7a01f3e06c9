/** The kedge command line: one file per command in commands/, listed here. Errors made for people are one line; anything else shows its stack. */
import { parseArgs } from 'node:util';
import { PersonError } from './person-error.ts';

export interface CommandInput {
  /** Folder of the cluster, absolute. */
  readonly dir: string;
  /** Undefined: the one of the last start, or 6443. */
  readonly port?: number;
  readonly host?: string;
  readonly args: readonly string[];
}

/** Resolves with the exit code. */
export type Command = (input: CommandInput) => Promise<number>;

const commands: Record<string, { about: string; load: () => Promise<{ command: Command }> }> = {
  up: { about: 'start the control plane and a node on this machine', load: () => import('./commands/up.ts') },
  down: { about: "remove this cluster's containers and networks", load: () => import('./commands/down.ts') },
  status: { about: 'say what runs', load: () => import('./commands/status.ts') },
  'dev-workers': { about: 'the same on workerd, with wrangler dev', load: () => import('./commands/dev-workers.ts') },
  test: { about: 'run all tests', load: () => import('./commands/test.ts') },
  'bench-start': { about: 'measure how fast pods start, beside raw Docker and Swarm', load: () => import('./commands/bench-start.ts') },
};

const usage = (): string => {
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`);
  return `usage: kedge <command> [--port N] [--host ADDRESS] [--dir FOLDER]\n\n${lines.join('\n')}\n\nKEDGE_DIR names the folder (default .kedge), DOCKER_HOST the Docker Engine.`;
};

const parsePort = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new PersonError(`--port ${text}: a port is a number from 1 to 65535.`);
  return port;
};

const main = async (): Promise<number> => {
  const [name = '', ...rest] = process.argv.slice(2);
  const found = commands[name];
  if (!found) {
    console.error(usage());
    return name === '' || name === 'help' || name === '--help' ? 0 : 2;
  }
  const { resolve } = await import('node:path');
  const { values, positionals } = parseArgs({
    args: rest,
    allowPositionals: true,
    options: { port: { type: 'string' }, host: { type: 'string' }, dir: { type: 'string' } },
  });
  const dir = resolve(values.dir ?? process.env.KEDGE_DIR ?? '.kedge');
  const port = parsePort(values.port ?? process.env.KEDGE_PORT);
  const { command } = await found.load();
  return command({ dir, ...(port !== undefined && { port }), ...(values.host && { host: values.host }), args: positionals });
};

try {
  process.exitCode = await main();
} catch (error) {
  const forPerson = error instanceof PersonError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  console.error(`kedge: ${forPerson ? (error as Error).message : (error as Error).stack}`);
  process.exitCode = 1;
}
