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
import { validateEvent } from './event-validation.ts';
import { ObjectReference } from './reference.ts';

export const EventSeries = struct('io.k8s.api.core.v1.EventSeries', '@core.EventSeries', {
  count: int32(1, '@core.EventSeries.count'),
  lastObservedTime: microTime(2, '@core.EventSeries.lastObservedTime'),
});
export type EventSeries = Infer<typeof EventSeries>;

export const Event = struct('io.k8s.api.core.v1.Event', '@core.Event', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Event.metadata', { required: true, default: {} }),
  involvedObject: message(2, ObjectReference, '@core.Event.involvedObject', { required: true, default: {} }),
  reason: str(3, '@core.Event.reason'),
  message: str(4, '@core.Event.message'),
  source: message(5, EventSource, '@core.Event.source'),
  firstTimestamp: time(6, '@core.Event.firstTimestamp'),
  lastTimestamp: time(7, '@core.Event.lastTimestamp'),
  count: int32(8, '@core.Event.count'),
  type: str(9, '@core.Event.type'),
  eventTime: microTime(10, '@core.Event.eventTime'),
  series: message(11, EventSeries, '@core.Event.series'),
  action: str(12, '@core.Event.action'),
  related: message(13, ObjectReference, '@core.Event.related'),
  reportingComponent: str(14, '@core.Event.reportingComponent'),
  reportingInstance: str(15, '@core.Event.reportingInstance'),
});
export type Event = Infer<typeof Event>;

const source = (event: Event): string => event.source?.component || event.reportingComponent || '';

export const events = defineResource<Event>({
  group: '',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
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
