/**
 * What a store that cannot answer means to a client. Written once, so that lists, watches and writes say the same.
 */
import { StoreError } from '../store/store.ts';
import { ApiError, expired, futureResourceVersion, internal, serviceUnavailable } from './errors.ts';

const gone = 'The resourceVersion for the provided watch is too old.';

/** Maps what anything below the handlers threw; `undefined` for the unexpected. `revision` is the one the client asked for. */
export const fromThrown = (thrown: unknown, revision = 0): ApiError | undefined => {
  if (thrown instanceof ApiError) return thrown;
  if (!(thrown instanceof StoreError)) return undefined;
  switch (thrown.reason) {
    case 'compacted':
      return expired(revision > 0 ? `too old resource version: ${revision}` : gone);
    case 'future':
      return futureResourceVersion(revision, thrown.head ?? 0);
    case 'unavailable':
    case 'locked':
      return serviceUnavailable('the store is not available at the moment');
    case 'full':
      return serviceUnavailable("the control plane's disk is full");
    case 'quota':
      return internal('the database refuses further writes: its quota is used up');
    default:
      return internal('the database cannot be used');
  }
};
