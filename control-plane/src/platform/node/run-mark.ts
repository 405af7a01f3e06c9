/**
 * Where the control loop notes what it decides: a file beside the database, which is there for the next process whatever ends this one. It need not outlast
 * the machine: whoever turns that off is no reconciler. So nothing is flushed, and a mark costs a fraction of a millisecond.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { RunMark } from '../../controller-runtime/quarantine.ts';

export const fileMark = (path: string): RunMark => ({
  read: async () => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  write: async (text) => {
    if (text === undefined) return rmSync(path, { force: true });
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  },
});
