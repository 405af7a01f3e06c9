/** Runs a program of the system with a fixed argument list (never a shell) and bounded output. */
import { spawn } from 'node:child_process';

export class CommandError extends Error {
  readonly code: number | 'missing';
  constructor(code: number | 'missing', message: string) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
  }
}

const OUTPUT_LIMIT = 8 * 1024 * 1024;
const DEADLINE_MS = 20_000;

export type RunCommand = (program: string, args: readonly string[], input?: string) => Promise<string>;

/** Resolves with standard output. @throws CommandError with the program's own error text; `missing` when it is not installed. */
export const runCommand: RunCommand = (program, args, input) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (out.length < OUTPUT_LIMIT) out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (err.length < 4096) err += chunk;
    });
    child.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new CommandError(cause.code === 'ENOENT' ? 'missing' : -1, `${program}: ${cause.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(out);
      else reject(new CommandError(code ?? -1, `${program} ${args.join(' ')}: ${err.trim() || `exit code ${code}`}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
