/**
 * A terminal session with kubectl, compared with a golden file as a whole: each command, its standard output, standard error and exit code.
 * `UPDATE_GOLDENS=1` writes the golden instead; read it before you commit it. `<name>.<version>.txt` stands in for `<name>.txt` where an old kubectl prints otherwise.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { type KubectlArgs, type KubectlOptions, type KubectlResult, toArgs } from './kubectl.ts';
import type { KubectlVersion } from './kubectl-binary.ts';
import { type Mask, mask } from './masks.ts';
import { repoDir } from './paths.ts';

const goldensDir = join(repoDir, 'tests/e2e/goldens');

export interface Transcript {
  /** Runs kubectl and writes it down. */
  run(args: KubectlArgs, options?: KubectlOptions & { as?: string; sortLines?: boolean }): Promise<KubectlResult>;
  /** Writes down what was run otherwise. */
  note(command: string, result: Partial<KubectlResult>): void;
  /** A command as a person types it. */
  words(args: KubectlArgs): string;
  text(): string;
}

type RunKubectl = (args: KubectlArgs, options?: KubectlOptions) => Promise<KubectlResult>;

export const createTranscript = (
  kubectl: RunKubectl,
  options: { masks?: readonly Mask[] } & Pick<KubectlOptions, 'version'> = {},
): Transcript => {
  const parts: string[] = [];
  const note: Transcript['note'] = (command, { stdout = '', stderr = '', code = 0 }) => {
    const lines = [`$ ${command}`, stdout.trimEnd()];
    if (stderr.trim())
      lines.push(
        ...stderr
          .trimEnd()
          .split('\n')
          .map((line) => `stderr: ${line}`),
      );
    if (code !== 0) lines.push(`exit code ${code}`);
    parts.push(mask(lines.filter((line, i) => i === 0 || line !== '').join('\n'), options.masks));
  };
  const words = (args: KubectlArgs) => `kubectl ${toArgs(args).map(quoteIfNeeded).join(' ')}`;
  return {
    note,
    words,
    text: () => `${parts.join('\n\n')}\n`,
    run: async (args, { as, sortLines, ...kubectlOptions } = {}) => {
      const result = await kubectl(args, { ...(options.version && { version: options.version }), ...kubectlOptions });
      const shown = sortLines ? { ...result, stdout: sortRows(result.stdout) } : result;
      note(as ?? words(args), shown);
      return result;
    },
  };
};

const quoteIfNeeded = (word: string): string => (/^[\w@%+=:,./{}[\]<>-]+$/.test(word) ? word : `'${word}'`);

/** Rows of a table in an order that does not depend on generated names; the heading stays first. */
const sortRows = (text: string): string => {
  const [heading = '', ...rows] = text.trimEnd().split('\n');
  return [heading, ...rows.map((row) => mask(row)).sort()].join('\n');
};

/** Holds a text against its golden file. */
export const expectGolden = (name: string, text: string, version: KubectlVersion = 'v35'): void => {
  const usual = join(goldensDir, `${name}.txt`);
  const special = join(goldensDir, `${name}.${version}.txt`);
  if (process.env.UPDATE_GOLDENS === '1') {
    mkdirSync(dirname(usual), { recursive: true });
    rmSync(special, { force: true });
    if (version === 'v35') writeFileSync(usual, text);
    else if (!existsSync(usual) || readFileSync(usual, 'utf8') !== text) writeFileSync(special, text);
  }
  const file = existsSync(special) ? special : usual;
  expect(existsSync(file), `the golden ${file} is missing`).toBe(true);
  expect(text).toBe(readFileSync(file, 'utf8'));
};

export const expectTranscript = (name: string, transcript: Transcript, version?: KubectlVersion): void =>
  expectGolden(name, transcript.text(), version);
