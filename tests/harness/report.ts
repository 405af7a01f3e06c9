import { stripVTControlCharacters } from 'node:util';

/** Counts of a vitest JSON report, so strict that nothing can be missing without a failure. */
export interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: {
      fullName: string;
      status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled';
      failureMessages?: readonly string[];
    }[];
  }[];
}

export interface Counts {
  passed: number;
  failed: number;
  problems: string[];
}

const shownLines = 20;
const shownChars = 1_500;

/** The beginning of why a test failed, without the stack, behind its name: the end of a long log is what people see first. */
const reason = (messages: readonly string[] = []): string => {
  const lines = stripVTControlCharacters(messages[0] ?? '').split('\n');
  const stack = lines.findIndex((line) => /^\s+at /.test(line));
  const told = (stack < 0 ? lines : lines.slice(0, stack)).slice(0, shownLines).join('\n    ').slice(0, shownChars);
  return told && `\n    ${told}`;
};

/** `exitCode` is vitest's own: one that no counted failure explains (an unhandled error, a crash) is a failure too. */
export const countReport = (project: string, report: VitestReport | undefined, exitCode: number): Counts => {
  const counts: Counts = { passed: 0, failed: 0, problems: [] };
  const fail = (problem: string) => {
    counts.failed++;
    counts.problems.push(`${project}: ${problem}`);
  };
  for (const file of report?.testResults ?? []) {
    for (const { fullName, status, failureMessages } of file.assertionResults) {
      if (status === 'passed') counts.passed++;
      else
        fail(
          status === 'failed'
            ? `${fullName}${reason(failureMessages)}`
            : `${fullName} (${status}, and a test that does not run is no test)`,
        );
    }
    const failures = file.assertionResults.filter(({ status }) => status !== 'passed').length;
    if (file.status === 'failed' && failures === 0) fail(`${file.name}: ${file.message?.split('\n')[0] ?? 'did not load'}`);
  }
  if (!report) fail(`vitest left no report (exit code ${exitCode})`);
  else if (counts.passed + counts.failed === 0) fail('no test ran');
  else if (exitCode !== 0 && counts.failed === 0) fail(`vitest ended with ${exitCode} beside its tests: see its output above`);
  return counts;
};
