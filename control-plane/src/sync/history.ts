/**
 * Whether the database still has the past that agents were told of. Each view carries a mark: its revision and the newest change the cache knew then,
 * signed, so that no agent can make one up. An agent shows its mark when it comes back; a database that does not have that change at that revision was
 * copied back by hand, and a new incarnation begins: agents then keep what it does not name. What compaction took can no longer be compared.
 */
import { fromBase64Url, toBase64Url } from '../auth/encoding.ts';
import { isTagOf, type TagKeys, tagOf } from '../auth/tokens.ts';
import type { InformerCache } from '../controller-runtime/informer-cache.ts';
import type { Logger } from '../platform/platform.ts';
import { type Store, StoreError } from '../store/store.ts';

export interface HistoryOptions {
  readonly store: Pick<Store, 'changes' | 'newIncarnation'>;
  readonly cache: Pick<InformerCache, 'incarnation' | 'entries' | 'onFold' | 'catchUp'>;
  readonly clusterUid: string;
  readonly keys: TagKeys;
  readonly log: Logger;
}

export interface History {
  /** What goes with a view at `revision`. */
  mark(revision: number): Promise<string>;
  /** False: the mark is ours and shows another past. A new incarnation has begun then, and the cache has it. No mark, or a forged one, shows nothing. */
  agrees(mark: string | undefined): Promise<boolean>;
}

interface Change {
  readonly revision: number;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

interface Past {
  readonly incarnation: string;
  readonly revision: number;
  /** Revision 0: none was known. */
  readonly newest: Change;
}

const none: Change = { revision: 0, resource: '', namespace: '', name: '', uid: '' };
const encoder = new TextEncoder();

export const createHistory = ({ store, cache, clusterUid, keys, log }: HistoryOptions): History => {
  let newest = none;
  let newestOf = '';

  type Entry = Pick<ReturnType<InformerCache['entries']> extends Iterable<infer E> ? E : never, 'resource' | 'object'>;
  const take = ({ resource, object: { metadata } }: Entry): void => {
    const revision = Number(metadata.resourceVersion ?? 0);
    if (revision <= newest.revision) return;
    newest = { revision, resource, namespace: metadata.namespace ?? '', name: metadata.name ?? '', uid: metadata.uid ?? '' };
  };
  cache.onFold((events) => events.forEach(take));

  const signed = (payload: string): string => `view-mark ${clusterUid} ${payload}`;

  const read = async (mark: string): Promise<Past | undefined> => {
    const [payload = '', tag = ''] = mark.length < 4_096 ? mark.split('.') : [];
    const bytes = fromBase64Url(payload);
    if (!bytes || !(await isTagOf(keys, signed(payload), tag))) return undefined;
    const [incarnation, revision, at, resource, namespace, name, uid] = JSON.parse(new TextDecoder().decode(bytes));
    return { incarnation, revision, newest: { revision: at, resource, namespace, name, uid } };
  };

  const isOurs = async ({ incarnation, revision, newest: shown }: Past): Promise<boolean> => {
    try {
      const { changes, head } = await store.changes({ after: Math.max(shown.revision, 1) - 1, limit: 1 });
      if (head.incarnation !== incarnation) return true;
      if (head.revision < revision) return false;
      const [at] = changes;
      if (shown.revision === 0) return true;
      return (['revision', 'resource', 'namespace', 'name', 'uid'] as const).every((field) => at?.[field] === shown[field]);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.reason === 'future') return false;
      if (error.reason === 'compacted') return true;
      throw error;
    }
  };

  return {
    mark: async (revision) => {
      if (newestOf !== cache.incarnation) {
        newest = none;
        newestOf = cache.incarnation;
        for (const entry of cache.entries()) take(entry);
      }
      const { revision: at, resource, namespace, name, uid } = newest;
      const payload = toBase64Url(encoder.encode(JSON.stringify([newestOf, revision, at, resource, namespace, name, uid])));
      return `${payload}.${await tagOf(keys.tokenHmacKey, signed(payload))}`;
    },
    agrees: async (mark) => {
      const past = mark === undefined ? undefined : await read(mark);
      if (!past || past.incarnation !== cache.incarnation || (await isOurs(past))) return true;
      const { incarnation, revision } = past;
      log.error('the database lacks what it had given out: it was copied back from an older one. A new incarnation begins', { revision });
      const head = await store.newIncarnation({ expected: incarnation, above: revision });
      // the head has passed that revision on another way
      if (head.incarnation === incarnation) await store.newIncarnation({ expected: incarnation });
      await cache.catchUp();
      return false;
    },
  };
};
