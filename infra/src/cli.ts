/** The kedge command line. Errors made for people are one line; anything else shows its stack. */
import { parseArgs } from 'node:util';
import { commands } from './commands.ts';
import { PersonError } from './person-error.ts';

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

/** As kubectl has them. */
const shorts: Readonly<Record<string, string>> = { namespace: 'n', output: 'o', file: 'f' };

const shortOf = (option: string): { short?: string } => (shorts[option] ? { short: shorts[option] } : {});

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
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      dir: { type: 'string' },
      ...Object.fromEntries((found.options ?? []).map((option) => [option, { type: 'string' as const, ...shortOf(option) }])),
      ...Object.fromEntries((found.flags ?? []).map((flag) => [flag, { type: 'boolean' as const }])),
    },
  });
  const dir = resolve(values.dir ?? process.env.KEDGE_DIR ?? found.folder ?? '.kedge');
  const port = parsePort(values.port ?? process.env.KEDGE_PORT);
  const { command } = await found.load();
  const typed = values as Readonly<Record<string, string | boolean | undefined>>;
  const options = Object.fromEntries(
    [...(found.options ?? []), ...(found.flags ?? [])].flatMap((name) => (typed[name] === undefined ? [] : [[name, String(typed[name])]])),
  );
  return command({ dir, options, ...(port !== undefined && { port }), ...(values.host && { host: values.host }), args: positionals });
};

try {
  process.exitCode = await main();
} catch (error) {
  const forPerson = error instanceof PersonError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  console.error(`kedge: ${forPerson ? (error as Error).message : (error as Error).stack}`);
  process.exitCode = 1;
}
