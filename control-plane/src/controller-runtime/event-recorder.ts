/**
 * Events for people: core/v1 Event objects in the volatile store, one per (object, reason, message, component), with a count and the time of
 * the last occurrence. Best effort: an event that cannot be written is logged and dropped, never retried, and never delays a pass.
 */
import type { Event } from '#schema/core/event.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { Logger } from '../platform/platform.ts';
import type { Actor, Operation, Registry } from '../registry/registry.ts';
import type { EventNote } from './controller.ts';
import { hexOf } from './naming.ts';

export interface RecordedNote {
  readonly note: EventNote;
  readonly component: string;
  /** Who says it, where it is not the recorder's own. */
  readonly actor?: Actor;
}

export interface EventRecorder {
  /** Returns at once; notes of one call with the same identity are counted together. */
  record(notes: readonly RecordedNote[], nowMs: number): void;
  /** Resolves when everything recorded so far was written or dropped. */
  flush(): Promise<void>;
}

/** Longest event message that is kept, as upstream. */
const MAX_MESSAGE = 1024;

/** Clients show events of one second in the order of their names: the 0 puts a decision before what an agent, whose names begin with the time, made of it. */
const eventName = (note: EventNote, component: string): string => {
  const { name = '', uid = '' } = note.about.metadata;
  return `${name}.0${hexOf([uid, note.type, note.reason, note.message, component].join('\n'))}`;
};

const eventObject = (note: EventNote, component: string, count: number, nowMs: number): Event => {
  const { about } = note;
  const { namespace, name, uid, resourceVersion } = about.metadata;
  const time = toRfc3339(nowMs);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName(note, component), namespace: namespace || 'default' },
    involvedObject: {
      kind: about.kind,
      ...(namespace ? { namespace } : {}),
      name,
      uid,
      apiVersion: about.apiVersion,
      resourceVersion,
    },
    reason: note.reason,
    message: note.message.slice(0, MAX_MESSAGE),
    source: { component },
    firstTimestamp: time,
    lastTimestamp: time,
    count,
    type: note.type,
    reportingComponent: component,
    reportingInstance: '',
  } as Event;
};

const actorsOf = ({ actor }: RecordedNote): { readonly actor?: Actor } => (actor ? { actor } : {});

export const createEventRecorder = (options: {
  readonly registry: Registry;
  /** Definition of core Event. */
  readonly definition: ResourceDefinition;
  readonly actor: Actor;
  readonly log: Logger;
}): EventRecorder => {
  const { registry, definition, actor, log } = options;
  let tail: Promise<void> = Promise.resolve();

  const write = async (counted: readonly { note: RecordedNote; count: number }[], nowMs: number): Promise<void> => {
    const objects = counted.map(({ note, count }) => eventObject(note.note, note.component, count, nowMs));
    const merges = objects.map((object, i): Operation => {
      const { name = '', namespace = '' } = object.metadata;
      const merge = (current: KubeObject): KubeObject => ({
        ...current,
        count: ((current.count as number | undefined) ?? 0) + counted[i]!.count,
        lastTimestamp: object.lastTimestamp,
      });
      return { op: 'merge', definition, namespace, name, merge, ...actorsOf(counted[i]!.note) };
    });
    const merged = await registry.applyAll(merges, actor);
    const missing = objects.flatMap((object, i): Operation[] =>
      merged[i]?.status === 'notFound' ? [{ op: 'create', definition, object: object as KubeObject, ...actorsOf(counted[i]!.note) }] : [],
    );
    if (missing.length === 0) return;
    const created = await registry.applyAll(missing, actor);
    for (const result of created) if (result.status === 'invalid') log.warn('event refused', { message: result.message });
  };

  return {
    record(notes, nowMs) {
      if (notes.length === 0) return;
      const counted = new Map<string, { note: RecordedNote; count: number }>();
      for (const note of notes) {
        const key = `${note.note.about.metadata.namespace ?? ''}/${eventName(note.note, note.component)}`;
        counted.set(key, { note, count: (counted.get(key)?.count ?? 0) + 1 });
      }
      tail = tail
        .then(() => write([...counted.values()], nowMs))
        .catch((error: unknown) => log.warn('events were dropped', { error: String(error) }));
    },
    flush: () => tail,
  };
};
