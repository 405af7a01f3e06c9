import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHranaServer } from '#infra/hrana/server.ts';
import { testWorld } from '../contract/world.ts';
import { describeStore } from '../contract.ts';
import type { Store } from '../store.ts';
import { openHttpStore } from './open.ts';

describeStore(
  'the HTTP store',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kedge-store-'));
    const server = await startHranaServer({ path: join(folder, 'kedge.db'), port: 0, authToken: 'secret' });
    const open = () => openHttpStore({ url: server.url, authToken: 'secret', ...testWorld });
    let store: Store = await open();
    return {
      store,
      network: server,
      async reopen() {
        await store.close();
        store = await open();
        return store;
      },
      async close() {
        await store.close();
        await server.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  { durable: true, network: true },
);
