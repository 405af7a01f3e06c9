import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Priorities of this process's threads, by name. */
const script = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { getPriority } from 'node:os';
  import { lowerHelperThreads } from ${JSON.stringify(new URL('thread-priority.ts', import.meta.url).href)};
  lowerHelperThreads();
  const of = (id) => [readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim(), getPriority(Number(id))];
  console.log(JSON.stringify(readdirSync('/proc/self/task').map(of)));
`;

it('has garbage collected behind everything else', ({ skip }) => {
  skip(process.platform !== 'linux', 'threads have priorities of their own on Linux alone');
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  const threads: [string, number][] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  const own = threads.filter(([name]) => name === 'V8Worker').map(([, priority]) => priority);
  const others = threads.filter(([name]) => name !== 'V8Worker').map(([, priority]) => priority);
  expect(own.length).toBeGreaterThan(0);
  expect(Math.min(...own)).toBeGreaterThanOrEqual(Math.max(...others) + 10);
});
