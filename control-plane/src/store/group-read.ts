/**
 * Joins small reads of concurrent callers in one batch: what arrives before `schedule` fires shares a round trip. When the database refuses a batch, such as
 * for the size of its reply, each caller's part is read alone. Beside group-commit.ts, which joins writes.
 */
import { DriverError, type Rows, type Statement } from './driver.ts';

/** Each may bring a megabyte, and servers bound a reply at ten. */
const maxStatements = 8;

interface Waiting {
  readonly statements: readonly Statement[];
  readonly settle: (results: Rows[]) => void;
  readonly fail: (error: unknown) => void;
}

/** Cut, in order, at {@link maxStatements}; a larger one stands alone. */
function cutReads(waiting: readonly Waiting[]): Waiting[][] {
  const groups: Waiting[][] = [];
  let count = 0;
  for (const one of waiting) {
    const last = groups.at(-1);
    count += one.statements.length;
    if (last && count <= maxStatements) last.push(one);
    else {
      groups.push([one]);
      count = one.statements.length;
    }
  }
  return groups;
}

const isRefused = (error: unknown): boolean => {
  const { cause } = error as { cause?: unknown };
  return cause instanceof DriverError && cause.kind === 'refused';
};

/** `read`: one batch. @throws as it does */
export function groupRead(
  read: (statements: readonly Statement[]) => Promise<Rows[]>,
  schedule: (run: () => void) => void,
): (statements: readonly Statement[]) => Promise<Rows[]> {
  let queue: Waiting[] = [];

  const alone = ({ statements, settle, fail }: Waiting): Promise<void> => read(statements).then(settle, fail);

  async function together(group: readonly Waiting[]): Promise<void> {
    if (group.length === 1) return alone(group[0]!);
    try {
      const statements = group.flatMap((one) => one.statements);
      const results = await read(statements);
      let at = 0;
      for (const { statements, settle } of group) {
        settle(results.slice(at, at + statements.length));
        at += statements.length;
      }
    } catch (error) {
      if (isRefused(error)) await Promise.all(group.map(alone));
      else for (const one of group) one.fail(error);
    }
  }

  return (statements) =>
    new Promise((settle, fail) => {
      queue.push({ statements, settle, fail });
      if (queue.length > 1) return;
      schedule(() => {
        const taken = queue;
        queue = [];
        for (const group of cutReads(taken)) void together(group);
      });
    });
}
