/**
 * Table columns that many kinds share, in kubectl's wording.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */

import type { Ago, Cell, Column } from '../resource.ts';
import { formatLabelSelector } from '../selectors/label.ts';
import type { LabelSelector } from './label-selector.ts';
import { formatAge, parseTime } from './time.ts';

type CellOf = Column['cell'];

/** Age since a timestamp; `<unknown>` without one. */
export const ageSince = (timestamp: string | undefined): Ago | string => {
  const sinceMs = timestamp ? parseTime(timestamp) : Number.NaN;
  return Number.isNaN(sinceMs) ? '<unknown>' : { sinceMs };
};

export const isAgo = (cell: Cell | Ago): cell is Ago => typeof cell === 'object' && cell !== null;

/** An age as it is shown at `nowMs`. */
export const agoText = ({ sinceMs, before = '', after = '' }: Ago, nowMs: number): string =>
  `${before}${formatAge(nowMs - sinceMs)}${after}`;

/** `cell` as it is shown at `nowMs`. */
export const shownCell = (cell: Cell | Ago, nowMs: number): Cell => (isAgo(cell) ? agoText(cell, nowMs) : cell);

/** A text column that is always shown. */
export const text = (name: string, description: string, cell: CellOf): Column => ({ name, type: 'string', description, priority: 0, cell });

/** A text column of `-o wide`. */
export const wideText = (name: string, description: string, cell: CellOf): Column => ({ ...text(name, description, cell), priority: 1 });

export const integer = (name: string, description: string, cell: CellOf): Column => ({ ...text(name, description, cell), type: 'integer' });

export const nameColumn: Column = {
  ...text('Name', 'Name of the object, unique in its namespace.', (o) => o.metadata.name ?? ''),
  format: 'name',
};

export const ageColumn: Column = text('Age', 'Time since the object was created.', (o) => ageSince(o.metadata.creationTimestamp));

/** Of kinds that kubectl shows without columns of their own. */
export const createdAtColumn: Column = {
  ...text('Created At', 'When the object was created.', (o) => o.metadata.creationTimestamp ?? ''),
  type: 'date',
};

/** `a=1,b=2` sorted by key; `<none>` when empty. */
export const formatLabels = (labels: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || '<none>';

/** A label selector as kubectl prints it: labels first, then expressions; `<none>` when it selects nothing or everything. */
export const formatSelector = (selector: LabelSelector | undefined): string => formatLabelSelector(selector) || '<none>';

/** The first `max` items joined by commas, and how many more there are. */
export const firstFew = (items: readonly string[], max = 3): string =>
  items.length > max ? `${items.slice(0, max).join(',')} + ${items.length - max} more...` : items.join(',');

interface Templated {
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly { name: string; image?: string }[] } } };
}
const containersOf = (o: Templated) => o.spec?.template?.spec?.containers ?? [];

/** Containers and images of a workload's pod template, for `-o wide`. */
export const templateColumns: readonly Column[] = [
  wideText('Containers', 'Names of the containers in the template.', (o) =>
    containersOf(o)
      .map((c) => c.name)
      .join(','),
  ),
  wideText('Images', 'Images of the containers in the template.', (o) =>
    containersOf(o)
      .map((c) => c.image ?? '')
      .join(','),
  ),
];
