/**
 * V8's threads give way to the main one. What they do beside it (marking garbage, above all) is not urgent, and takes a second of a processor at once: on a
 * small machine, from this process and its clients, and each watch waits as long.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const TASKS = '/proc/self/task';
/** A tenth of the time of a thread of normal priority where both want it, all that is left where not. */
const NICE = 10;

const lower = (id: string): void => {
  try {
    if (readFileSync(`${TASKS}/${id}/comm`, 'utf8').trim() === 'V8Worker') setPriority(Number(id), NICE);
  } catch {
    // it has just ended
  }
};

/** Does nothing where threads have no priorities of their own, as Linux' have. */
export const lowerHelperThreads = (): void => {
  if (existsSync(TASKS)) readdirSync(TASKS).forEach(lower);
};
