/**
 * A client may have seen a version elsewhere a moment before it can be read here. Such a read is asked again within a second, and holds nothing meanwhile;
 * a version that is too far ahead to come within that time is refused at once. Kubernetes waits for its cache in the same way.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#unavailable-resource-versions
 */
import type { Call } from './call.ts';
import { FutureVersion } from './errors.ts';

/** Between the attempts. */
export const restsMs = [50, 150, 300, 500] as const;
/** So many writes may come within the time. */
const nearRevisions = 500;

/** Whether it can help to ask again. */
export const comesSoon = (asked: number, current: number): boolean => asked > current && asked - current <= nearRevisions;

/** Attempts until the version is there, or until it is too late. @throws what the last attempt threw */
export const whenFresh = async <T>({ server, request }: Call, read: () => Promise<T>): Promise<T> => {
  const { signal } = request;
  for (const ms of restsMs) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FutureVersion) || !comesSoon(error.asked, error.current) || signal.aborted) throw error;
    }
    await server.delay(ms, signal);
  }
  return read();
};
