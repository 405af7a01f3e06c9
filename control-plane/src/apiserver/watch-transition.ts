/** What a change means to a watch with a selector: an object that enters the selection is ADDED, one that leaves it DELETED. Pure. */
import type { KubeObject } from '#schema/resource.ts';
import type { ChangeType } from '../store/store.ts';
import type { Selection } from './selection.ts';

const selects = (selection: Selection, body: string): boolean => selection.matchesObject(JSON.parse(body) as KubeObject);

/**
 * undefined: the watcher never sees it. `previousBody` may be missing (compaction): then an object is taken as seen before, which clients
 * bear: a MODIFIED of something new is added, a DELETED of something unknown is dropped.
 */
export const transition = (
  selection: Selection,
  type: ChangeType,
  body: string,
  previousBody: string | undefined,
): ChangeType | undefined => {
  if (!selection.looksInside) return type;
  const now = type !== 'DELETED' && selects(selection, body);
  if (type === 'ADDED') return now ? 'ADDED' : undefined;
  const before =
    type === 'DELETED' ? selects(selection, previousBody ?? body) : previousBody === undefined || selects(selection, previousBody);
  if (before) return now ? 'MODIFIED' : 'DELETED';
  return now ? 'ADDED' : undefined;
};
