/** Bounds of the volatile kinds in the hub's SQLite: Events older than an hour go, and of the history only the newest changes stay. */
import type { Store, StoredObject } from '../../store/store.ts';

const EVENTS = 'core/events';
const MAX_AGE_MS = 3_600_000;
const KEPT_CHANGES = 2_000;
const PAGE = 100;

const lastMs = ({ body }: StoredObject): number => {
  const event = JSON.parse(body) as { lastTimestamp?: string; eventTime?: string; metadata?: { creationTimestamp?: string } };
  return Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata?.creationTimestamp ?? '') || 0;
};

/** Idempotent; a bounded part of the work each time. */
export const dropOld = async (store: Store, nowMs: number): Promise<void> => {
  let after: { namespace: string; name: string } | undefined;
  for (;;) {
    const page = await store.list({ resource: EVENTS, limit: PAGE, ...(after ? { after } : {}) });
    const old = page.items.filter((item) => nowMs - lastMs(item) > MAX_AGE_MS);
    if (old.length > 0) {
      await store.write(
        old.map(({ resource, namespace, name, uid, revision, body }) => ({
          op: 'delete' as const,
          key: { resource, namespace, name },
          ...{ uid, revision, body },
        })),
      );
    }
    const last = page.items.at(-1);
    if (!page.more || !last) break;
    after = { namespace: last.namespace, name: last.name };
  }
  const { revision, compacted } = await store.head();
  if (revision - compacted > 2 * KEPT_CHANGES) await store.compact(revision - KEPT_CHANGES);
};
