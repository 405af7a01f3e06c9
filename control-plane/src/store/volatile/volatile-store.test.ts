import { testWorld } from '../contract/world.ts';
import { describeStore } from '../contract.ts';
import { createVolatileStore } from './volatile-store.ts';

const identity = { clusterUid: 'cluster', incarnation: 'first' };

describeStore(
  'the volatile store',
  async () => {
    const store = createVolatileStore({ identity, ...testWorld });
    return { store, close: () => store.close() };
  },
  { durable: false, network: false },
);
