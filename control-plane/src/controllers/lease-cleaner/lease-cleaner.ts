/**
 * Lease cleaner: the Lease of a node goes with its node, and that of an API server that stopped renewing it goes when it is over. Leases are volatile and
 * in no snapshot: tasks find them. API servers' are looked for after a start and then only as long as there are some.
 */
import type { SeededController } from '../../controller-runtime/engine.ts';

const NODES = 'core/nodes';
/** The key that stands for the Leases of all API servers; no node has such a name. */
const API_SERVERS = '*';

export const leaseCleaner: SeededController = {
  name: 'lease-cleaner-controller',
  primary: '',
  seeds: [{ namespace: '', name: API_SERVERS }],
  watches: [
    {
      resource: NODES,
      keys: ({ metadata: { name = '' } }, _previous, snapshot) => (snapshot.get(NODES, '', name) ? [] : [{ namespace: '', name }]),
    },
  ],
  reconcile: ({ name }, { snapshot }) => {
    const object = { metadata: { name } };
    if (name === API_SERVERS) return { changes: [], tasks: [{ task: 'expire-api-server-leases', object }] };
    // a node that came back keeps its Lease
    return snapshot.get(NODES, '', name) ? { changes: [] } : { changes: [], tasks: [{ task: 'remove-node-lease', object }] };
  },
};
