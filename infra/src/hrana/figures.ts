/** What pipelines did, in the figures that are at hand: the library behind the server reports no rows that were scanned. */
import type { BatchResult, StmtResult, StreamResult } from './protocol.ts';

export interface Figures {
  readonly statements: number;
  /** Rows that replies carried. */
  readonly returned: number;
  /** Rows inserted, changed or deleted, by triggers too; entries of indexes are not among them. */
  readonly changed: number;
}

export const noFigures: Figures = { statements: 0, returned: 0, changed: 0 };

const statementsOf = (result: StreamResult): StmtResult[] => {
  if (result.type !== 'ok') return [];
  const { type, result: done } = result.response;
  if (type === 'execute') return [done as StmtResult];
  if (type === 'batch') return (done as BatchResult).step_results.filter((step) => step !== null);
  return [];
};

/** `changed`: by all of these together. */
export const counted = (before: Figures, results: readonly StreamResult[], changed: number): Figures => {
  const statements = results.flatMap(statementsOf);
  return {
    statements: before.statements + statements.length,
    returned: before.returned + statements.reduce((sum, { rows }) => sum + rows.length, 0),
    changed: before.changed + changed,
  };
};
