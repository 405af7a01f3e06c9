import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { decode } from '../dsl/decode.ts';
import { Event as EventsEvent } from '../events/event.ts';
import { type Event, events } from './event.ts';

const NOW = Date.parse('2024-05-01T12:00:00Z');
const base = {
  metadata: { name: 'web.1', namespace: 'default' },
  involvedObject: { kind: 'Pod', name: 'web', namespace: 'default', fieldPath: 'spec.containers{c}' },
  reason: 'Pulled',
  message: 'Image is there ',
  type: 'Normal',
  source: { component: 'kubelet', host: 'n1' },
  firstTimestamp: '2024-05-01T11:50:00Z',
  lastTimestamp: '2024-05-01T11:59:30Z',
  count: 4,
};

describe('events', () => {
  it('are shown as kubectl does', () => {
    const { object, errors } = accept<Event>(events, base);
    expect(errors).toEqual([]);
    expect(row(events, object, NOW)).toEqual({
      'Last Seen': '30s',
      Type: 'Normal',
      Reason: 'Pulled',
      Object: 'pod/web',
      Subobject: 'spec.containers{c}',
      Source: 'kubelet, n1',
      Message: 'Image is there',
      'First Seen': '10m',
      Count: 4,
      Name: 'web.1',
    });
  });

  it('in the new form are shown by their series', () => {
    const { object } = accept<Event>(events, {
      ...base,
      source: undefined,
      firstTimestamp: undefined,
      lastTimestamp: undefined,
      eventTime: '2024-05-01T11:58:00.000000Z',
      reportingComponent: 'scheduler',
      series: { count: 9, lastObservedTime: '2024-05-01T11:59:55.000000Z' },
    });
    expect(row(events, object, NOW)).toMatchObject({ 'Last Seen': '5s', 'First Seen': '2m', Source: 'scheduler', Count: 9 });
    expect(events.selectableFields.source!(object)).toBe('scheduler');
  });

  it('live in the namespace of their object', () => {
    expect(accept(events, { ...base, metadata: { name: 'e', namespace: 'other' } }).errors).toEqual([
      'involvedObject.namespace: Invalid value: "default": does not match event.namespace',
    ]);
    expect(accept(events, { ...base, involvedObject: { kind: 'Node', name: 'n1' } }).errors).toEqual([]);
  });

  it('in the new form say who reports', () => {
    expect(accept(events, { ...base, eventTime: '2024-05-01T11:58:00.000000Z' }).errors).toEqual([
      'reportingController: Required value',
      'reportingInstance: Required value',
      'action: Required value',
    ]);
  });

  it('go through events.k8s.io/v1 and back unchanged', () => {
    const served = events.versions.find((version) => version.group === 'events.k8s.io')!;
    const stored: object = { ...decode(events.versions[0]!.schema, base).value, apiVersion: 'v1', kind: 'Event' };
    const shown = served.fromStorage!(stored);
    expect(decode(EventsEvent, shown).unknownFields).toEqual([]);
    expect(shown).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: { name: 'web' },
      note: 'Image is there ',
      deprecatedCount: 4,
    });
    expect(served.toStorage!(shown)).toEqual(stored);
  });
});
