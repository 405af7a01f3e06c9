/** Counts of a vitest JSON report, so strict that nothing can be missing without a failure. */
export interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { fullName: string; status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled' }[];
  }[];
}

export interface Counts {
  passed: number;
  failed: number;
  problems: string[];
}

/** `exitCode` is vitest's own: one that no counted failure explains (an unhandled error, a crash) is a failure too. */
export const countReport = (project: string, report: VitestReport | undefined, exitCode: number): Counts => {
  const counts: Counts = { passed: 0, failed: 0, problems: [] };
  const fail = (problem: string) => {
    counts.failed++;
    counts.problems.push(`${project}: ${problem}`);
  };
  for (const file of report?.testResults ?? []) {
    for (const { fullName, status } of file.assertionResults) {
      if (status === 'passed') counts.passed++;
      else fail(status === 'failed' ? fullName : `${fullName} (${status}, and a test that does not run is no test)`);
    }
    const failures = file.assertionResults.filter(({ status }) => status !== 'passed').length;
    if (file.status === 'failed' && failures === 0) fail(`${file.name}: ${file.message?.split('\n')[0] ?? 'did not load'}`);
  }
  if (!report) fail(`vitest left no report (exit code ${exitCode})`);
  else if (counts.passed + counts.failed === 0) fail('no test ran');
  else if (exitCode !== 0 && counts.failed === 0) fail(`vitest ended with ${exitCode} beside its tests: see its output above`);
  return counts;
};
