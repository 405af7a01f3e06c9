/** What a change means to a watch with a selector: an object that enters the selection is ADDED, one that leaves it DELETED. Pure. */
import type { ChangeType } from '../store/store.ts';
import type { ChangeView } from './change-memo.ts';
import type { Selection } from './selection.ts';

/**
 * undefined: the watcher never sees it. What was before may be missing (compaction): then an object is taken as seen before, which clients
 * bear: a MODIFIED of something new is added, a DELETED of something unknown is dropped.
 */
export const transition = (
  selection: Pick<Selection, 'looksInside' | 'matchesObject'>,
  type: ChangeType,
  view: Pick<ChangeView, 'now' | 'before'>,
): ChangeType | undefined => {
  if (!selection.looksInside) return type;
  const now = type !== 'DELETED' && selection.matchesObject(view.now());
  if (type === 'ADDED') return now ? 'ADDED' : undefined;
  const previous = view.before() ?? (type === 'DELETED' ? view.now() : undefined);
  const before = previous === undefined || selection.matchesObject(previous);
  if (before) return now ? 'MODIFIED' : 'DELETED';
  return now ? 'ADDED' : undefined;
};
