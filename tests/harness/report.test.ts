import { expect, it } from 'vitest';
import { countReport } from './report.ts';

const file = (...statuses: ('passed' | 'failed' | 'skipped')[]) => ({
  name: 'a.test.ts',
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status, i) => ({ fullName: `t${i}`, status })),
});

it('counts what passed and failed', () => {
  expect(countReport('unit', { testResults: [file('passed', 'failed'), file('passed')] }, 1)).toEqual({
    passed: 2,
    failed: 1,
    problems: ['unit: t1'],
  });
});

it('says why a test failed, without its stack', () => {
  const failureMessages = [`Error: "curl" ended with 7:\n\u001b[31mno route\u001b[39m\n    at it (a.test.ts:1:1)`];
  const report = {
    testResults: [{ ...file(), status: 'failed', assertionResults: [{ fullName: 't', status: 'failed' as const, failureMessages }] }],
  };
  expect(countReport('e2e', report, 1).problems).toEqual(['e2e: t\n    Error: "curl" ended with 7:\n    no route']);
});

it('lets nothing be missing', () => {
  const failed = (...args: Parameters<typeof countReport>) => countReport(...args).failed;
  expect(failed('unit', undefined, 1)).toBe(1);
  expect(failed('unit', { testResults: [] }, 0)).toBe(1);
  expect(failed('unit', { testResults: [file('passed', 'skipped')] }, 0)).toBe(1);
  expect(failed('unit', { testResults: [{ name: 'b', status: 'failed', message: 'no such module', assertionResults: [] }] }, 1)).toBe(1);
  expect(failed('unit', { testResults: [file('passed')] }, 1)).toBe(1);
  expect(failed('unit', { testResults: [file('passed')] }, 0)).toBe(0);
});
