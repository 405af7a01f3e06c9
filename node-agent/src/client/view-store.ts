/**
 * What this node shall run, as the control plane last said. It applies whole views and deltas, checks the digest, and refuses views of another cluster.
 *
 * Invariant: an object goes away only because a complete view of the incarnation that had it, at an equal or higher revision, is without it, or, of a pod,
 * because that incarnation had asked for its end. When the control plane comes back with another incarnation (restored, emptied), what the new view does not
 * name is retained: it is still listed, so no reader can take its absence for a removal. `retained` says which, for the node's condition.
 */
import type { KubeObject } from '#schema/resource.ts';
import { entryDigest, type ViewKey, type ViewMessage } from '#schema/sync/protocol.ts';
import type { ViewStore } from '../context.ts';
import { letGo } from './kept-pods.ts';
import type { Retained, StoredView } from './view-disk.ts';

export type Applied =
  | { readonly result: 'applied'; readonly changed: ReadonlySet<ViewKey> }
  /** Ask for the whole view. */
  | { readonly result: 'resync'; readonly reason: string }
  /** Not for this node, or older than what it has: nothing was changed. */
  | { readonly result: 'refused'; readonly reason: string };

export interface SyncedView extends ViewStore {
  readonly digest: string;
  /** The newest view came from the control plane since this process started, and names nothing less than it should. */
  readonly trusted: boolean;
  /** What the control plane gave along with the newest view, for it to know its own past by. */
  readonly mark: string | undefined;
  apply(message: ViewMessage): Applied;
  stored(): StoredView;
}

const MASK = 0x1fffffffffffffn;
const NODES = 'core/nodes/';
const PODS = 'core/pods/';
const SERVICES = 'core/services/';

const digestOf = (key: ViewKey, object: KubeObject): bigint => BigInt(entryDigest(key, object.metadata.resourceVersion ?? ''));

const freeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) freeze(child);
  return value;
};

export const createViewStore = (identity: { clusterUid: string; node: string }, stored: StoredView | undefined): SyncedView => {
  let entries = new Map<ViewKey, KubeObject>();
  const retained = new Map<ViewKey, Retained>();
  /** Storage key -> list; dropped when one of its entries changes. */
  const lists = new Map<string, readonly KubeObject[]>();
  const listeners = new Set<(changed: ReadonlySet<ViewKey>) => void>();
  let sum = 0n;
  let incarnation = '';
  let revision = 0;
  let complete = false;
  let mark: string | undefined;

  if (stored && stored.clusterUid === identity.clusterUid && stored.node === identity.node) {
    for (const [key, object] of Object.entries(stored.entries)) {
      entries.set(key, freeze(object));
      sum += digestOf(key, object);
    }
    for (const [key, it] of Object.entries(stored.retained)) retained.set(key, freeze(it));
    ({ incarnation, revision, mark } = stored);
  }

  const digest = (): string => (sum & MASK).toString(16);

  const touched = (key: ViewKey): void => {
    lists.delete(key.split('/', 2).join('/'));
  };

  /** Keeps what a view does not name, unless the view has the authority to say that it is gone. */
  const retain = (key: ViewKey, object: KubeObject): void => {
    // addresses of nodes that are not there any more help nobody
    if (key.startsWith(NODES)) return;
    // its own incarnation wanted its end; it may have seen it, and lost its word on the way
    if (key.startsWith(PODS) && object.metadata.deletionTimestamp !== undefined) return;
    retained.set(key, { incarnation, object });
  };

  /** Retained entries that the view now names, whose own incarnation says they are gone, or that a person let go of; and what a retained Service must not shadow. */
  const settle = (changed: Set<ViewKey>): void => {
    const addresses = new Set([...entries].filter(([key]) => key.startsWith(SERVICES)).map(([, service]) => service.spec?.clusterIP));
    const released = letGo(entries.get(`${NODES}/${identity.node}`), incarnation);
    for (const [key, it] of retained) {
      const { namespace = '', name = '' } = it.object.metadata;
      const ended = key.startsWith(PODS) && released({ namespace, name });
      const shadows = key.startsWith(SERVICES) && addresses.has(it.object.spec?.clusterIP);
      if (!entries.has(key) && !(complete && it.incarnation === incarnation) && !shadows && !ended) continue;
      retained.delete(key);
      changed.add(key);
    }
    if ([...retained.keys()].some((key) => key.startsWith(PODS))) return;
    for (const key of retained.keys()) changed.add(key);
    retained.clear();
  };

  const applyWhole = (message: ViewMessage): Applied => {
    const sameSource = message.incarnation === incarnation;
    const next = new Map<ViewKey, KubeObject>();
    let nextSum = 0n;
    for (const [key, object] of Object.entries(message.put)) {
      next.set(key, object);
      nextSum += digestOf(key, object);
    }
    if ((nextSum & MASK).toString(16) !== message.digest) return { result: 'refused', reason: 'the digest of a whole view is wrong' };
    const changed = new Set<ViewKey>();
    for (const [key, object] of entries) {
      if (next.has(key)) continue;
      changed.add(key);
      if (!sameSource || !message.complete) retain(key, object);
    }
    for (const [key, object] of next) {
      const before = entries.get(key);
      if (before && before.metadata.resourceVersion === object.metadata.resourceVersion && before.metadata.uid === object.metadata.uid) {
        next.set(key, before);
      } else {
        freeze(object);
        changed.add(key);
      }
    }
    entries = next;
    sum = nextSum;
    return { result: 'applied', changed };
  };

  const applyDelta = (message: ViewMessage): Applied => {
    if (message.incarnation !== incarnation || message.base !== revision) {
      return { result: 'resync', reason: `a difference to ${message.base} does not fit revision ${revision}` };
    }
    let nextSum = sum;
    for (const key of message.remove) {
      const before = entries.get(key);
      if (before) nextSum -= digestOf(key, before);
    }
    for (const [key, object] of Object.entries(message.put)) {
      const before = entries.get(key);
      if (before) nextSum -= digestOf(key, before);
      nextSum += digestOf(key, object);
    }
    if ((nextSum & MASK).toString(16) !== message.digest) return { result: 'resync', reason: 'the digest does not agree' };
    const changed = new Set<ViewKey>();
    for (const key of message.remove) {
      const before = entries.get(key);
      if (!before) continue;
      entries.delete(key);
      changed.add(key);
      if (!message.complete) retain(key, before);
    }
    for (const [key, object] of Object.entries(message.put)) {
      entries.set(key, freeze(object));
      changed.add(key);
    }
    sum = nextSum;
    return { result: 'applied', changed };
  };

  const apply = (message: ViewMessage): Applied => {
    if (message.clusterUid !== identity.clusterUid) return { result: 'refused', reason: `a view of cluster ${message.clusterUid}` };
    if (message.incarnation === incarnation && message.revision < revision) {
      return { result: 'refused', reason: `a view at ${message.revision}, older than ${revision}` };
    }
    const outcome = message.base === undefined ? applyWhole(message) : applyDelta(message);
    if (outcome.result !== 'applied') return outcome;
    mark = message.mark ?? (message.incarnation === incarnation ? mark : undefined);
    incarnation = message.incarnation;
    revision = message.revision;
    complete = message.complete;
    const changed = new Set(outcome.changed);
    settle(changed);
    for (const key of changed) touched(key);
    for (const listener of listeners) listener(changed);
    return { result: 'applied', changed };
  };

  const list = (resource: string): readonly KubeObject[] => {
    let found = lists.get(resource);
    if (!found) {
      const prefix = `${resource}/`;
      const all: KubeObject[] = [];
      for (const [key, object] of entries) if (key.startsWith(prefix)) all.push(object);
      for (const [key, { object }] of retained) if (key.startsWith(prefix)) all.push(object);
      found = Object.freeze(all);
      lists.set(resource, found);
    }
    return found;
  };

  return {
    get incarnation() {
      return incarnation;
    },
    get revision() {
      return revision;
    },
    get complete() {
      return complete;
    },
    get trusted() {
      return complete && retained.size === 0;
    },
    get retained() {
      return [...retained.keys()].filter((key) => key.startsWith(PODS));
    },
    get digest() {
      return digest();
    },
    get mark() {
      return mark;
    },
    get: <T extends KubeObject>(key: ViewKey) => (entries.get(key) ?? retained.get(key)?.object) as T | undefined,
    list: <T extends KubeObject>(resource: string) => list(resource) as readonly T[],
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    apply,
    stored: () => ({
      ...{ clusterUid: identity.clusterUid, node: identity.node, incarnation, revision },
      ...(mark === undefined ? {} : { mark }),
      entries: Object.fromEntries(entries),
      retained: Object.fromEntries(retained),
    }),
  };
};
