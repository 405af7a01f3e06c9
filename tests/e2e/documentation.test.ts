/**
 * From zero to the first pod, as README.md tells it: every line of its shell blocks is run in order, in a copy of the repository, by a shell. A line without
 * an expectation here fails, and so does an expectation without a line.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dockerAt } from '../harness/engine.ts';
import { freePort } from '../harness/free-port.ts';
import { kubectlPath } from '../harness/kubectl-binary.ts';
import { repoDir } from '../harness/paths.ts';
import { forgetProcess, ownProcess, waitFor } from '../harness/process.ts';
import { sweepScratch } from '../harness/sweep.ts';

interface Expectation {
  readonly line: string;
  readonly says: RegExp;
  /** It runs on after it has said that. */
  readonly stays?: boolean;
  /** The exit code, where it is not 0. */
  readonly code?: number;
}

const expectations: readonly Expectation[] = [
  { line: 'npm start', says: /Kedge is up/, stays: true },
  { line: 'export KUBECONFIG=$PWD/.kedge/kubeconfig', says: /^$/ },
  { line: 'kubectl create deployment web --image=nginx --replicas=2', says: /^deployment.apps\/web created$/m },
  { line: 'kubectl rollout status deployment/web', says: /successfully rolled out/ },
  { line: 'kubectl expose deployment web --port=80 --type=NodePort', says: /^service\/web exposed$/m },
  {
    line: "curl --retry 9 --retry-connrefused http://127.0.0.1:$(kubectl get service web -o jsonpath='{.spec.ports[0].nodePort}')",
    says: /nginx/,
  },
  { line: 'npm run kedge -- token create --join', says: /curl -fsSL .*install\.sh/ },
  { line: 'npm run kedge -- deploy --dry-run --database-url libsql://kedge-you.turso.io', says: /wrangler deploy --config/ },
  { line: 'npm run kedge -- doctor', says: /✓/ },
  { line: 'npm run down', says: /./ },
];

const scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-readme-'));
const copy = join(scratch, 'kedge');
const docker = dockerAt(process.env.DOCKER_HOST as string);
const env: Record<string, string> = { ...(process.env as Record<string, string>) };

beforeAll(async () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: repoDir, encoding: 'utf8' }).split('\0').filter(Boolean);
  // a file that was just deleted is tracked still
  for (const path of tracked.filter((path) => existsSync(join(repoDir, path)))) cpSync(join(repoDir, path), join(copy, path));
  symlinkSync(join(repoDir, 'node_modules'), join(copy, 'node_modules'));
  const programs = join(scratch, 'bin');
  mkdirSync(programs);
  symlinkSync(kubectlPath(), join(programs, 'kubectl'));
  env.PATH = `${programs}${delimiter}${env.PATH}`;
  env.KEDGE_PORT = String(await freePort());
  env.HOME = scratch;
  for (const name of ['KEDGE_DIR', 'KUBECONFIG', 'NO_COLOR', 'FORCE_COLOR']) delete env[name];
});
afterAll(async () => {
  await sweepScratch(scratch, docker);
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
});

/** Lines of the shell blocks, without their comments. */
const linesOf = (text: string): string[] =>
  [...text.matchAll(/^```sh\n(.*?)^```$/gms)]
    .flatMap(([, block]) => block!.split('\n').map((line) => line.replace(/\s+# .*$/, '').trim()))
    .filter(Boolean);

const shell = (script: string) => {
  const child = spawn('bash', ['-c', script], { cwd: copy, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid as number;
  ownProcess(pid);
  let output = '';
  let over: number | undefined;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number>((resolve) =>
    child.on('close', (code, signal) => {
      forgetProcess(pid);
      over = signal ? 128 : (code ?? 1);
      resolve(over);
    }),
  );
  return { ended, output: () => output, over: () => over };
};

it('README.md brings the first pod up, and takes everything away', async () => {
  const lines = linesOf(readFileSync(join(copy, 'README.md'), 'utf8'));
  expect(lines).toEqual(expectations.map(({ line }) => line));
  let exported = '';
  const staying: ReturnType<typeof shell>[] = [];
  const fromMs = performance.now();
  for (const { line, says, stays, code = 0 } of expectations) {
    if (line.startsWith('export ')) exported += `${line}\n`;
    const run = shell(`${exported}${line}`);
    if (stays) {
      staying.push(run);
      const giveUp = () => (run.over() === undefined ? undefined : `"${line}" ended with ${run.over()}: ${run.output()}`);
      await waitFor(`"${line}"`, () => says.test(run.output()), { timeoutMs: 240_000, giveUp });
      continue;
    }
    const ended = await run.ended;
    if (ended !== code || !says.test(run.output()))
      throw new Error(`"${line}" ended with ${ended}, ${code} and ${says} were due; it said:\n${run.output().slice(-1_000)}`);
    if (line.startsWith('curl')) console.log(`from npm start to the first page: ${((performance.now() - fromMs) / 1000).toFixed(1)} s`);
  }
  expect(await Promise.all(staying.map(({ ended }) => ended))).toEqual([0]);
  const label = readFileSync(join(copy, '.kedge/cluster.json'), 'utf8').match(/"clusterUid": "([^"]+)"/)![1];
  expect(await docker.listContainers({ all: true, filters: { label: [`kedge.dev/cluster=${label}`] } })).toEqual([]);
});
