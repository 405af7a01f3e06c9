/** Events of pods, as the kubelet words them. Repeats are folded by the API server's side; here each is sent as it happens. */
import { toRfc3339 } from '#schema/meta/time.ts';
import type { Clock, ReportSink } from '../context.ts';
import type { ContainerList } from './plan/containers.ts';

export interface PodReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface EventRecorder {
  /** `container`: the event is about it (`spec.containers{name}`). */
  send(
    pod: PodReference,
    event: { type: 'Normal' | 'Warning'; reason: string; message: string; container?: string; list?: ContainerList },
  ): void;
}

export const createEventRecorder = (reports: ReportSink, clock: Clock): EventRecorder => ({
  send: (pod, { type, reason, message, container, list = 'containers' }) =>
    reports.send({
      kind: 'event',
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: pod.namespace,
        name: pod.name,
        uid: pod.uid,
        ...(container ? { fieldPath: `spec.${list}{${container}}` } : {}),
      },
      eventType: type,
      reason,
      message,
      time: toRfc3339(clock.now()),
      component: 'kubelet',
    }),
});
