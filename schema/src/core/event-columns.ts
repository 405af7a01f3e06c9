/** How kubectl shows an event. */
import { ageSince, integer, nameColumn, text, wideText } from '../meta/columns.ts';
import type { Column } from '../resource.ts';
import type { Event } from './event.ts';

const firstSeen = (event: Event): string | undefined => event.firstTimestamp ?? event.eventTime;
const lastSeen = (event: Event): string | undefined => event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event);

const objectCell = ({ involvedObject: { kind, name } }: Event): string => (kind ? `${kind.toLowerCase()}/${name ?? ''}` : (name ?? ''));

const sourceCell = (event: Event): string => {
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || event.reportingInstance || '';
  return host ? `${component}, ${host}` : component;
};

export const eventColumns: readonly Column[] = [
  text('Last Seen', 'Time since it last happened.', (event: Event) => ageSince(lastSeen(event))),
  text('Type', 'Normal or Warning.', (event: Event) => event.type ?? ''),
  text('Reason', 'Why, in one word.', (event: Event) => event.reason ?? ''),
  text('Object', 'Object it happened to.', objectCell),
  wideText('Subobject', 'Part of the object.', (event: Event) => event.involvedObject.fieldPath ?? ''),
  wideText('Source', 'Who reported it.', sourceCell),
  text('Message', 'What happened.', (event: Event) => (event.message ?? '').trim()),
  wideText('First Seen', 'Time since it first happened.', (event: Event) => ageSince(firstSeen(event))),
  { ...integer('Count', 'How often it happened.', (event: Event) => event.series?.count ?? (event.count || 1)), priority: 1 },
  { ...nameColumn, priority: 1 },
];
