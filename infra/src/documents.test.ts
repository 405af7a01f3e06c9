/** What the documents name is there: npm scripts, commands with their options, settings, variables; and what is there stands in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repoDir } from './cluster/prepare.ts';
import { settingNames } from './cluster/settings.ts';
import { commands } from './commands.ts';

const folders = ['.', 'control-plane', 'infra', 'node-agent', 'schema', 'tests'];
const documents = folders.flatMap((folder) =>
  readdirSync(join(repoDir, folder), { recursive: folder !== '.', encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const read = (path: string): string => readFileSync(join(repoDir, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Options of every command. */
const general = ['port', 'host', 'dir', 'help', 'n', 'o', 'f'];
/** `npm run kedge -- node status`, `kedge node status`, `kubectl kedge node status`: the words after `kedge`. */
const calls = (text: string): string[] =>
  [...text.matchAll(/(?:npm run kedge --|`(?:kubectl )?kedge) ([a-z][^`\n#]*)/g)].map(([, rest]) => rest!.trim());

describe.each(documents)('%s', (path) => {
  const text = read(path);

  it('names npm scripts that there are', () => {
    const named = [...text.matchAll(/npm (?:run )?(start|test|(?<=run )[a-z:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !scripts[name])).toEqual([]);
  });

  it('names commands and options that there are', () => {
    const unknown = calls(text).filter((call) => {
      const [name = '', ...rest] = call.split(/\s+/);
      // `up|down|status` and `why`, `fit`: each by itself
      const entries = name.split(/[|,]/).map((one) => commands[one.replace(/\W/g, '')]);
      if (entries.some((entry) => !entry)) return true;
      const known = new Set([...general, ...entries.flatMap((entry) => [...(entry!.options ?? []), ...(entry!.flags ?? [])])]);
      return rest.some((word) => /^-/.test(word) && !known.has(word.replace(/^-+|[=,;:.)].*$/g, '')));
    });
    expect(unknown).toEqual([]);
  });

  it('leads to files that there are', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => join(path, '..', target!));
    for (const link of links) expect(() => read(link)).not.toThrow();
  });
});

describe('SETTINGS.md', () => {
  const text = read('infra/SETTINGS.md');
  const named = (pattern: RegExp, from: string): string[] => [...new Set([...from.matchAll(pattern)].map(([, name]) => name!))].sort();

  it('has every setting of settings.yaml, and no other', () => {
    const table = text.slice(0, text.indexOf('```yaml'));
    expect(named(/`([a-z][a-zA-Z]*(?:\.[a-zA-Z]+)?)`(?=[^|\n]* \|[^|\n]*\|)/g, table.replace(/\|[^|\n]*\|[^|\n]*\|$/gm, '| | |'))).toEqual(
      [...settingNames].sort(),
    );
  });

  it('has every variable of the Worker, and no other', () => {
    const worker = text.slice(text.indexOf('## The Worker'), text.indexOf('## The commands'));
    const env = read('control-plane/src/platform/workers/env.ts');
    expect(named(/`(KEDGE_[A-Z_]+)`/g, worker)).toEqual(named(/readonly (KEDGE_[A-Z_]+)/g, env));
  });
});

it('infra/README.md has every command in its table', () => {
  const table = read('infra/README.md').split('## The folder')[0]!;
  const missing = Object.keys(commands).filter((name) => !new RegExp(`^\\| \`${name}[ \`]`, 'm').test(table));
  expect(missing).toEqual([]);
});
