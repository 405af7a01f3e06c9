import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testWorld } from '../contract/world.ts';
import { describeStore } from '../contract.ts';
import type { Store } from '../store.ts';
import { openFileStore } from './open.ts';

describeStore(
  'the file store',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kedge-store-'));
    const open = () => openFileStore({ path: join(folder, 'kedge.db'), clusterUid: 'cluster', ...testWorld });
    let store: Store = await open();
    return {
      store,
      async reopen() {
        await store.close();
        store = await open();
        return store;
      },
      async close() {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  { durable: true, network: false },
);
