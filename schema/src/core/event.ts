/**
 * Event: something that happened to an object. Stored in this form; events.k8s.io/v1 is served from it.
 */

import { type Infer, int32, message, microTime, str, struct, time } from '../dsl/field.ts';
import { eventFromStorage, eventToStorage } from '../events/conversion.ts';
import { Event as EventsEvent } from '../events/event.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { eventColumns } from './event-columns.ts';
import { EventSource } from './event-source.ts';
import { eventFieldLabels, validateEvent, validateSentEvent } from './event-validation.ts';
import { ObjectReference } from './reference.ts';

export const EventSeries = struct('io.k8s.api.core.v1.EventSeries', 'A run of equal events.', {
  count: int32(1, 'How many there were so far.'),
  lastObservedTime: microTime(2, 'When the last one was.'),
});
export type EventSeries = Infer<typeof EventSeries>;

export const Event = struct('io.k8s.api.core.v1.Event', 'Something that happened to an object.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata.", { required: true, default: {} }),
  involvedObject: message(2, ObjectReference, 'The object it is about.', { required: true, default: {} }),
  reason: str(3, 'One word for programs, in CamelCase.'),
  message: str(4, 'Text for people.'),
  source: message(5, EventSource, 'Who reported it.'),
  firstTimestamp: time(6, 'When it first happened.'),
  lastTimestamp: time(7, 'When it last happened.'),
  count: int32(8, 'How often it happened.'),
  type: str(9, 'Normal or Warning.'),
  eventTime: microTime(10, 'When it happened, to the microsecond.'),
  series: message(11, EventSeries, 'The run it is part of.'),
  action: str(12, 'What was done, or failed.'),
  related: message(13, ObjectReference, 'Another object that has to do with it.'),
  reportingComponent: str(14, 'Controller that reported it, such as example.com/name.'),
  reportingInstance: str(15, 'Instance of that controller.'),
});
export type Event = Infer<typeof Event>;

const source = (event: Event): string => event.source?.component || event.reportingComponent || '';

export const events = defineResource<Event>({
  group: '',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
  createsOnUpdate: true,
  shortNames: ['ev'],
  storage: 'volatile',
  versions: [
    { version: 'v1', schema: Event, served: true, storage: true },
    {
      version: 'v1',
      group: 'events.k8s.io',
      schema: EventsEvent,
      served: true,
      storage: false,
      toStorage: eventToStorage,
      fromStorage: eventFromStorage,
      fieldLabels: eventFieldLabels,
      validate: validateSentEvent,
    },
  ],
  generation: false,
  validate: validateEvent,
  selectableFields: {
    'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source,
    type: (event) => event.type ?? '',
  },
  columns: eventColumns,
});

export { EventSource } from './event-source.ts';
