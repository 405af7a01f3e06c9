/** What a person is told of the command line itself: the list of commands, the page of one, and what was typed wrong. Pure. */

import { makeRoom } from './cluster/disk.ts';
import type { Entry } from './commands.ts';
import { PersonError } from './person-error.ts';

/** As kubectl has them. */
export const shorts: Readonly<Record<string, string>> = { namespace: 'n', output: 'o', file: 'f', help: 'h' };

const folderText = 'KEDGE_DIR names the folder (default .kedge), DOCKER_HOST the Docker Engine.';

export const overview = (commands: Readonly<Record<string, Entry>>): string => {
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`);
  const head = 'usage: kedge <command> [--port N] [--host ADDRESS] [--dir FOLDER]';
  return `${head}\n\n${lines.join('\n')}\n\n\`kedge <command> --help\` says more. ${folderText}`;
};

/** For a command without a page of its own. */
export const pageOf = (name: string, { about, options = [], flags = [], folder }: Entry): string => {
  const typed = (option: string): string => (shorts[option] ? `-${shorts[option]}, --${option}` : `--${option}`);
  const all = [...options.map((option) => `${typed(option)} VALUE`), ...flags.map(typed), `--dir FOLDER (default ${folder ?? '.kedge'})`];
  return `usage: kedge ${name} [options]\n${about}\noptions: ${all.join(', ')}`;
};

/** Begins as the one that was meant, mostly. */
const nearest = (word: string, known: readonly string[]): string | undefined =>
  known.find((name) => name === word.slice(0, name.length)) ?? known.find((name) => name.slice(0, 3) === word.slice(0, 3));

export const unknownCommand = (name: string, commands: Readonly<Record<string, Entry>>): string => {
  const near = name.length > 1 ? nearest(name, Object.keys(commands)) : undefined;
  return `kedge: there is no command ${JSON.stringify(name.slice(0, 40))}${near ? `; is it \`kedge ${near}\`?` : '.'}`;
};

/** The parser's errors, without its advice for programmers. */
export const typedWrong = (name: string, error: Error): string => {
  const [, option] = error.message.match(/^Unknown option '(-[^']*)'/) ?? [];
  const text = option ? `kedge ${name} has no option ${option}` : error.message.split('\n')[0]!.replace(/\.$/, '');
  return `kedge: ${text}: \`kedge ${name} --help\` lists what it takes.`;
};

/** @throws PersonError: a word too many may be meant as what it is not, such as another cluster's name for `down` */
export const checkWords = (name: string, { takesWords }: Entry, words: readonly string[]): void => {
  if (!takesWords && words.length > 0)
    throw new PersonError(
      `kedge ${name} takes no ${JSON.stringify(words[0]!.slice(0, 40))}: \`kedge ${name} --help\` lists what it takes.`,
    );
};

/** One line for what the machine refused (a file, a folder); undefined: not of that sort. */
export const systemText = (error: NodeJS.ErrnoException): string | undefined => {
  // a write names no file
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return `${error.message.replace(/^E[A-Z]+: /, '')}: ${makeRoom}`;
  return error.syscall !== undefined && error.path !== undefined ? error.message.replace(/^E[A-Z]+: /, '') : undefined;
};
