/** Where the control loop notes what it decides: in its object's storage, written through before the promise resolves, so that it is there whatever the decision does. */
import type { RunMark } from '../../controller-runtime/quarantine.ts';

const KEY = 'deciding';

export const objectMark = (storage: DurableObjectStorage): RunMark => ({
  read: () => storage.get<string>(KEY),
  write: async (text) => {
    await (text === undefined ? storage.delete(KEY) : storage.put(KEY, text));
    await storage.sync();
  },
});
