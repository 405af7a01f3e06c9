/** For open.test.ts: opens the store at argv[2], writes without end, and prints the name and revision of each write once it is acknowledged. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { testWorld } from '../contract/world.ts';
import { openFileStore } from './open.ts';

const store = await openFileStore({ path: process.argv[2]!, clusterUid: 'cluster', ...testWorld });
async function writeOn(): Promise<never> {
  for (;;) {
    const name = randomUUID();
    const key = { resource: 'core/configmaps', namespace: 'default', name };
    const derived = { owners: [], claims: [], node: '', deleting: false, finalized: false };
    const [outcome] = await store.write([{ op: 'create', key, uid: name, body: 'x'.repeat(3_000), derived }]);
    if (outcome?.status === 'ok') writeSync(1, `${name} ${outcome.object.revision}\n`);
  }
}
await Promise.all(Array.from({ length: 5 }, writeOn));
