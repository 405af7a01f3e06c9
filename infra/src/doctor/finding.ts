/** What a check found: one line, and how to mend it when it is not well. Pure. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly found: string;
  /** What to do; absent when it is well. */
  readonly mend?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found });
export const warning = (check: string, found: string, mend: string): Finding => ({ check, state: 'warning', found, mend });
export const failed = (check: string, found: string, mend: string): Finding => ({ check, state: 'failed', found, mend });

const marks = { ok: '✓', warning: '!', failed: '✗' } as const;
const width = 14;

const printable = (text: string): string => text.replace(/[^\P{C}\n]/gu, '?');

export const findingsText = (findings: readonly Finding[]): string => {
  const lines = findings.flatMap(({ check, state, found, mend }) => [
    `  ${marks[state]} ${check.padEnd(width)} ${printable(found)}`,
    ...(mend ? [`${' '.repeat(width + 5)}→ ${printable(mend)}`] : []),
  ]);
  const count = (wanted: Finding['state']): number => findings.filter(({ state }) => state === wanted).length;
  const [bad, odd] = [count('failed'), count('warning')];
  const end = bad + odd === 0 ? 'Everything is well.' : `${bad} to mend, ${odd} to look at.`;
  return [...lines, '', end].join('\n');
};
