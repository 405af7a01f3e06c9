/** The kedge command line. Errors made for people are one line; anything else shows its stack. */

import { parseArgs } from 'node:util';
import { getOwn } from '#schema/dsl/own.ts';
import { gitVersion } from '#schema/version.ts';
import { commands, type Entry } from './commands.ts';
import { PersonError } from './person-error.ts';
import { checkWords, overview, pageOf, shorts, systemText, typedWrong, unknownCommand } from './usage.ts';

const parsePort = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new PersonError(`--port ${text}: a port is a number from 1 to 65535.`);
  return port;
};

const shortOf = (option: string): { short?: string } => (shorts[option] ? { short: shorts[option] } : {});

const parse = (found: Entry, args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      dir: { type: 'string' },
      help: { type: 'boolean', ...shortOf('help') },
      ...Object.fromEntries((found.options ?? []).map((option) => [option, { type: 'string' as const, ...shortOf(option) }])),
      ...Object.fromEntries((found.flags ?? []).map((flag) => [flag, { type: 'boolean' as const }])),
    },
  });

const showPage = async (name: string, found: Entry): Promise<number> => {
  console.log((await found.load()).usage ?? pageOf(name, found));
  return 0;
};

const main = async (): Promise<number> => {
  const [name = '', ...rest] = process.argv.slice(2);
  if (name === 'version' || name === '--version') {
    console.log(gitVersion());
    return 0;
  }
  const found = getOwn(commands, name);
  if (!found) {
    const topic = name === 'help' ? getOwn(commands, rest[0] ?? '') : undefined;
    if (topic) return showPage(rest[0]!, topic);
    if (['', 'help', '--help', '-h'].includes(name)) {
      console.log(overview(commands));
      return 0;
    }
    console.error(`${overview(commands)}\n\n${unknownCommand(name, commands)}`);
    return 2;
  }
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(found, rest);
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) throw error;
    console.error(typedWrong(name, error as Error));
    return 1;
  }
  const { values, positionals } = parsed;
  if (values.help) return showPage(name, found);
  checkWords(name, found, positionals);
  const { resolve } = await import('node:path');
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
  const { message, stack } = error as Error;
  console.error(`kedge: ${error instanceof PersonError ? message : (systemText(error as NodeJS.ErrnoException) ?? stack)}`);
  process.exitCode = 1;
}
