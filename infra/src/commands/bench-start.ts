/** `npm run bench:start`. The work is in tests/bench/start.ts. */
import type { Command } from '../cli.ts';
import { PersonError } from '../person-error.ts';

export const command: Command = async () => {
  throw new PersonError('bench-start has nothing to measure yet.');
};
