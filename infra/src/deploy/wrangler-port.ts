/** How `kedge deploy` calls wrangler: one small port, so that a test holds the exact argument lists, and one implementation that starts the real program. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repoDir } from '../cluster/prepare.ts';

export interface WranglerResult {
  readonly code: number;
  readonly output: string;
  /** What wrangler wrote for programs: one object a line. */
  readonly records: readonly Readonly<Record<string, any>>[];
}

export interface WranglerCall {
  readonly args: readonly string[];
  /** Shown while it runs. */
  readonly onLine?: (line: string) => void;
}

export type WranglerPort = (call: WranglerCall) => Promise<WranglerResult>;

const program = join(repoDir, 'node_modules/wrangler/wrangler-dist/cli.js');

const recordsIn = (path: string): Record<string, any>[] => {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, any>);
  } catch {
    // older ones write none
    return [];
  }
};

export const realWrangler: WranglerPort = ({ args, onLine }) => {
  const scratch = mkdtempSync(join(tmpdir(), 'kedge-wrangler-'));
  const file = join(scratch, 'records');
  return new Promise<WranglerResult>((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: repoDir,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_OUTPUT_FILE_PATH: file, NO_COLOR: '1', CI: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (bytes: Buffer): void => {
      const text = bytes.toString('utf8');
      output += text;
      for (const line of text.split('\n')) if (line.trim() !== '') onLine?.(line.trimEnd());
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output, records: recordsIn(file) }));
  }).finally(() => rmSync(scratch, { recursive: true, force: true }));
};
