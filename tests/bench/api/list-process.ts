/**
 * Lists everything again and again, in a process of its own: what it does with forty megabytes must not hold up the clock of the calls beside it. Says when the
 * first list is through, and at the end how many there were.
 */
import { createClient } from './client.ts';
import type { Access } from './plane.ts';
import { PODS } from './pods.ts';

export interface ListsReport {
  readonly lists: number;
  /** Answers that were no success. */
  readonly failed: number;
}

const run = async (access: Access): Promise<void> => {
  const client = createClient(access, 1);
  let going = true;
  let lists = 0;
  let failed = 0;
  process.once('message', () => {
    going = false;
  });
  while (going) {
    if ((await client.send('GET', PODS)).status !== 200) failed++;
    if (++lists === 1) process.send!('listing');
  }
  await client.close();
  process.send!({ lists, failed } satisfies ListsReport, () => process.exit(0));
};

process.once('message', (access: Access) => {
  run(access).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
});
