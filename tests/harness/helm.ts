/** The real helm 4, run as a person runs it: a kubeconfig, arguments, a home of its own. */
import { spawn } from 'node:child_process';
import { type KubectlArgs, type KubectlResult, toArgs } from './kubectl.ts';
import { helmPath } from './kubectl-binary.ts';
import { forgetProcess, ownProcess } from './process.ts';

export interface HelmOptions {
  /** Holds helm's caches; may be shared by the calls of one test. */
  readonly home: string;
  readonly cwd?: string;
  /** Default 180 s; then the command is killed. */
  readonly timeoutMs?: number;
}

/** Runs helm to its end. Never throws for a non-zero exit code. */
export const helm = (
  kubeconfig: string,
  args: KubectlArgs,
  { home, cwd = home, timeoutMs = 180_000 }: HelmOptions,
): Promise<KubectlResult> =>
  new Promise((resolve, reject) => {
    const child = spawn(helmPath(), toArgs(args), {
      cwd,
      env: { ...process.env, HOME: home, KUBECONFIG: kubeconfig, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pid = child.pid;
    if (pid !== undefined) ownProcess(pid);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (pid !== undefined) forgetProcess(pid);
      resolve({ stdout, stderr, code: code ?? 1 });
    });
  });

/** As `helm`. @throws Error with the output when the exit code is not 0 */
export const helmOk = async (kubeconfig: string, args: KubectlArgs, options: HelmOptions): Promise<string> => {
  const { stdout, stderr, code } = await helm(kubeconfig, args, options);
  if (code !== 0) throw new Error(`helm ${toArgs(args).join(' ')} ended with ${code}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`);
  return stdout;
};
