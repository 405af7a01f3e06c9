/**
 * events.k8s.io/v1 Event: another form of the stored core Event.
 */
import { EventSource } from '../core/event-source.ts';
import { ObjectReference } from '../core/reference.ts';
import { type Infer, int32, message, microTime, str, struct, time } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const EventSeries = struct('io.k8s.api.events.v1.EventSeries', '@events.EventSeries', {
  count: int32(1, '@events.EventSeries.count', { required: true, default: 0 }),
  lastObservedTime: microTime(2, '@events.EventSeries.lastObservedTime'),
});
export type EventSeries = Infer<typeof EventSeries>;

export const Event = struct('io.k8s.api.events.v1.Event', '@events.Event', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@events.Event.metadata'),
  eventTime: microTime(2, '@events.Event.eventTime'),
  series: message(3, EventSeries, '@events.Event.series'),
  reportingController: str(4, '@events.Event.reportingController'),
  reportingInstance: str(5, '@events.Event.reportingInstance'),
  action: str(6, '@events.Event.action'),
  reason: str(7, '@events.Event.reason'),
  regarding: message(8, ObjectReference, '@events.Event.regarding'),
  related: message(9, ObjectReference, '@events.Event.related'),
  note: str(10, '@events.Event.note'),
  type: str(11, '@events.Event.type'),
  deprecatedSource: message(12, EventSource, '@events.Event.deprecatedSource'),
  deprecatedFirstTimestamp: time(13, '@events.Event.deprecatedFirstTimestamp'),
  deprecatedLastTimestamp: time(14, '@events.Event.deprecatedLastTimestamp'),
  deprecatedCount: int32(15, '@events.Event.deprecatedCount'),
});
export type Event = Infer<typeof Event>;
