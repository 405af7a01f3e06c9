/**
 * Events an agent reports. A repeat of the same (object, reason, message) within the memory raises the count of the Event written before instead of
 * writing another one, so a crash loop is one line for a person.
 */
import { events } from '#schema/core/event.ts';
import { parseTime, toRfc3339 } from '#schema/meta/time.ts';
import type { Report } from '#schema/sync/protocol.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import type { Operation } from '../registry/registry.ts';
import { PODS } from './view-entries.ts';

type EventReport = Extract<Report, { kind: 'event' }>;

export type Recorded = { readonly create: Operation; readonly merge?: Operation } | { readonly refused: string };

const REMEMBERED = 500;

export const createEventRecorder = (node: string, snapshot: Snapshot) => {
  /** Oldest first. */
  const names = new Map<string, string>();
  let serial = 0;

  const concernsNode = ({ kind, name, namespace, uid }: Readonly<Record<string, string>>): boolean => {
    if (kind === 'Node') return name === node;
    if (kind !== 'Pod') return false;
    const pod = snapshot.get(PODS, namespace ?? '', name ?? '');
    // its last events come when the pod itself is gone
    return !pod || (uid !== undefined && pod.metadata.uid !== uid) || pod.spec?.nodeName === node;
  };

  const record = (report: EventReport, nowMs: number): Recorded => {
    const about = report.involvedObject;
    if (!concernsNode(about)) return { refused: `node ${node} may only tell of itself and its pods` };
    const namespace = about.namespace || 'default';
    const at = parseTime(report.time);
    const time = toRfc3339(Number.isNaN(at) ? nowMs : at);
    const key = JSON.stringify([about, report.eventType, report.reason, report.message]);
    const known = names.get(key);
    const name = known ?? `${about.name ?? node}.${nowMs.toString(16)}${(serial++ & 0xffff).toString(16).padStart(4, '0')}`;
    names.delete(key);
    names.set(key, name);
    if (names.size > REMEMBERED) names.delete(names.keys().next().value!);
    const create: Operation = {
      op: 'create',
      definition: events,
      object: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: about,
        reason: report.reason,
        message: report.message,
        source: { component: report.component, host: node },
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
        type: report.eventType,
        reportingComponent: report.component,
        reportingInstance: node,
      },
    };
    if (!known) return { create };
    const merge: Operation = {
      op: 'merge',
      definition: events,
      namespace,
      name,
      merge: (current) => ({ ...current, count: ((current.count as number | undefined) ?? 1) + 1, lastTimestamp: time }),
    };
    return { create, merge };
  };

  return { record };
};
