/**
 * `npm test`: prepares a real Docker Engine and its images, runs every vitest project, cleans up, and ends with the line `N passed, N failed`.
 * A skipped test, a project without tests and a file that does not load count as failures: nothing may be missing without being seen.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makerVariable } from './harness/debian-root.ts';
import { acquireEngine } from './harness/engine.ts';
import { ensureImages } from './harness/images.ts';
import { nodePath, repoDir } from './harness/paths.ts';
import { endGroup, forgetProcess, ownProcess, takeSignals } from './harness/process.ts';
import { type Counts, countReport, type VitestReport } from './harness/report.ts';
import { sweepScratch } from './harness/sweep.ts';

/** One after the other; the projects of one lane beside those of the others, after the unit tests, which want both cores. */
const lanes = [['docker', 'e2e'], ['integration', 'workerd', 'e2e-behind'], ['e2e-beside']] as const;
const joinTest = 'tests/e2e/join.test.ts';
const projects = ['unit', ...lanes.flat()] as const;

const interruption = new AbortController();

const print = (line: string): void => console.log(line);

/** `log`: where its output goes instead of the terminal. */
const runProject = async (project: string, filters: readonly string[], scratch: string, log?: number): Promise<Counts> => {
  const outputFile = join(scratch, `${project}.json`);
  const args = [join(repoDir, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, '--reporter=default', '--reporter=json'];
  args.push(`--outputFile=${outputFile}`, ...filters);
  // A process group of its own: a signal reaches this runner first, which ends the group and then what the group left behind.
  const child = spawn(nodePath, args, { cwd: repoDir, stdio: ['ignore', log ?? 'inherit', log ?? 'inherit'], detached: true });
  const group = child.pid as number;
  ownProcess(group);
  interruption.signal.addEventListener('abort', () => void endGroup(group), { once: true });
  const code = await new Promise<number>((resolve) => child.on('exit', (status) => resolve(status ?? 1)));
  await endGroup(group);
  forgetProcess(group);
  let report: VitestReport | undefined;
  try {
    report = JSON.parse(readFileSync(outputFile, 'utf8')) as VitestReport;
  } catch {
    // No report: countReport says so.
  }
  return countReport(project, report, code);
};

/**
 * The fresh Debian of tests/e2e/join.test.ts takes half a minute of a processor, once: behind the unit tests, when that file is to run. The test itself tells what
 * went wrong here. @returns what ends it
 */
const startMakingDebian = (scratch: string): (() => Promise<void>) => {
  const log = openSync(join(scratch, 'debian-root.log'), 'w');
  const options = { cwd: repoDir, stdio: ['ignore', log, log] as ('ignore' | number)[], detached: true };
  const maker = spawn('nice', ['-n', '10', nodePath, join(repoDir, 'tests/harness/debian-root.ts')], options);
  closeSync(log);
  const group = maker.pid as number;
  ownProcess(group);
  process.env[makerVariable] = String(group);
  return async () => {
    await endGroup(group);
    forgetProcess(group);
  };
};

/** Arguments: names of projects, and anything else as vitest's file filters. Resolves with the exit code. */
export const runTests = async (args: readonly string[]): Promise<number> => {
  const named = projects.filter((project) => args.includes(project));
  const chosen = named.length > 0 ? named : projects;
  const filters = args.filter((arg) => !(projects as readonly string[]).includes(arg));
  const scratch = mkdtempSync(join(tmpdir(), 'kedge-test-'));
  process.env.KEDGE_TEST_SCRATCH = scratch;
  takeSignals((name) => interruption.abort(name));
  const total: Counts = { passed: 0, failed: 0, problems: [] };
  try {
    if (chosen.some((project) => project !== 'unit')) {
      const engine = await acquireEngine(print);
      process.env.DOCKER_HOST = engine.dockerHost;
      let endMaking = async (): Promise<void> => {};
      try {
        await ensureImages(engine, undefined, print);
        const joins = chosen.includes('e2e-beside') && (filters.length === 0 || filters.some((filter) => joinTest.includes(filter)));
        if (joins) endMaking = startMakingDebian(scratch);
        await runChosen(chosen, filters, scratch, total);
      } finally {
        await endMaking();
        await sweepScratch(scratch, engine.docker);
        await engine.dispose();
      }
    } else await runChosen(chosen, filters, scratch, total);
  } catch (error) {
    total.failed++;
    total.problems.push((error as Error).message);
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  if (interruption.signal.aborted) {
    total.failed++;
    total.problems.push(`interrupted by ${interruption.signal.reason}`);
  }
  for (const problem of total.problems) print(`FAILED ${problem}`);
  print(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
};

const runChosen = async (chosen: readonly string[], filters: readonly string[], scratch: string, total: Counts): Promise<void> => {
  const add = (counts: Counts): void => {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.problems.push(...counts.problems);
  };
  const [first, ...beside] = lanes.map((lane) => lane.filter((project) => chosen.includes(project)));
  const quietly = async (project: string): Promise<void> => {
    const file = join(scratch, `${project}.log`);
    const log = openSync(file, 'w');
    add(await runProject(project, filters, scratch, log));
    closeSync(log);
    print(`\n=== ${project}, which ran beside the others\n${readFileSync(file, 'utf8')}`);
  };
  const openly = async (project: string): Promise<void> => {
    print(`\n=== ${project}`);
    add(await runProject(project, filters, scratch));
  };
  const inTurn = async (lane: readonly string[], run: (project: string) => Promise<void>): Promise<void> => {
    for (const project of lane) if (!interruption.signal.aborted) await run(project);
  };
  if (chosen.includes('unit')) await inTurn(['unit'], openly);
  // alone, it speaks for itself
  if (first!.length === 0) for (const lane of beside) await inTurn(lane, openly);
  else await Promise.all([inTurn(first!, openly), ...beside.map((lane) => inTurn(lane, quietly))]);
};

if (process.argv[1] === import.meta.filename) process.exit(await runTests(process.argv.slice(2)));
