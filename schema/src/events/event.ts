/**
 * events.k8s.io/v1 Event: another form of the stored core Event.
 */
import { EventSource } from '../core/event-source.ts';
import { ObjectReference } from '../core/reference.ts';
import { type Infer, int32, message, microTime, str, struct, time } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const EventSeries = struct('io.k8s.api.events.v1.EventSeries', 'A run of equal events.', {
  count: int32(1, 'How many there were so far.', { required: true, default: 0 }),
  lastObservedTime: microTime(2, 'When the last one was.'),
});
export type EventSeries = Infer<typeof EventSeries>;

export const Event = struct('io.k8s.api.events.v1.Event', 'Something that happened to an object.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  eventTime: microTime(2, 'When it happened, to the microsecond.'),
  series: message(3, EventSeries, 'The run it is part of.'),
  reportingController: str(4, 'Controller that reported it, such as example.com/name.'),
  reportingInstance: str(5, 'Instance of that controller.'),
  action: str(6, 'What was done, or failed.'),
  reason: str(7, 'One word for programs, in CamelCase.'),
  regarding: message(8, ObjectReference, 'The object it is about.'),
  related: message(9, ObjectReference, 'Another object that has to do with it.'),
  note: str(10, 'Text for people.'),
  type: str(11, 'Normal or Warning.'),
  deprecatedSource: message(12, EventSource, 'Who reported it, in the old form.'),
  deprecatedFirstTimestamp: time(13, 'When it first happened, in the old form.'),
  deprecatedLastTimestamp: time(14, 'When it last happened, in the old form.'),
  deprecatedCount: int32(15, 'How often it happened, in the old form.'),
});
export type Event = Infer<typeof Event>;
