import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repoDir } from './cluster/prepare.ts';
import { commands } from './commands.ts';
import { checkWords, overview, pageOf, systemText, typedWrong, unknownCommand } from './usage.ts';

const withWords = Object.entries(commands).filter(([name, { takesWords }]) => takesWords && name !== 'test');

it.each(withWords)('kedge %s has a page of its own', (name) => {
  // Read, not loaded: commands bring half of the tree with them.
  expect(readFileSync(join(repoDir, `infra/src/commands/${name}.ts`), 'utf8')).toMatch(
    /^export (const usage = `usage: kedge|\{ (\w+ as )?usage \})/m,
  );
});

it('lists commands, options and defaults', () => {
  expect(overview(commands)).toContain('\n  status       what runs');
  expect(pageOf('backup', commands.backup!)).toMatch(/\noptions: --out VALUE, .*--dir FOLDER \(default \.kedge\)$/);
  expect(pageOf('fit', commands.fit!)).toContain('-f, --file VALUE');
});

it.each([
  ['stats', 'kedge: there is no command "stats"; is it `kedge status`?'],
  ['statuses', 'kedge: there is no command "statuses"; is it `kedge status`?'],
  ['xyz', 'kedge: there is no command "xyz".'],
])('%s is no command', (typed, said) => {
  expect(unknownCommand(typed, commands)).toBe(said);
});

it.each([
  ["Unknown option '--bogus'. To specify a positional argument ...", 'kedge status has no option --bogus'],
  ["Option '--user <value>' argument missing", "Option '--user <value>' argument missing"],
  ["Option '--limit' argument is ambiguous.\nDid you forget", "Option '--limit' argument is ambiguous"],
])('%j is said plainly', (message, said) => {
  expect(typedWrong('status', new Error(message))).toBe(`kedge: ${said}: \`kedge status --help\` lists what it takes.`);
});

it('refuses words that a command would not look at', () => {
  expect(() => checkWords('down', commands.down!, ['other'])).toThrow('kedge down takes no "other"');
  expect(() => checkWords('down', commands.down!, [])).not.toThrow();
  expect(() => checkWords('why', commands.why!, ['pod/web'])).not.toThrow();
});

it('says what the machine refused in one line, and leaves defects their stack', () => {
  const refused = Object.assign(new Error("EACCES: permission denied, open '/x'"), { code: 'EACCES', syscall: 'open', path: '/x' });
  expect(systemText(refused)).toBe("permission denied, open '/x'");
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
  expect(systemText(full)).toBe(
    'no space left on device, write: make room: docker system df shows what Docker holds, du -sh what a folder does',
  );
  expect(systemText(new TypeError('x is undefined'))).toBeUndefined();
});
