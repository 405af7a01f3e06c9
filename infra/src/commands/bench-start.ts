/** `npm run bench:start`. The work is in tests/bench/start. */
import type { Command } from '../commands.ts';

export const command: Command = async () => {
  const { runStartBench } = await import('#tests/bench/start/main.ts');
  await runStartBench();
  return 0;
};
