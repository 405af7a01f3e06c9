/** Where an event comes from. In a file of its own because both forms of Event hold it. */
import { type Infer, str, struct } from '../dsl/field.ts';

export const EventSource = struct('io.k8s.api.core.v1.EventSource', 'Who reported the event.', {
  component: str(1, 'Component that reported it.'),
  host: str(2, 'Node it was reported from.'),
});
export type EventSource = Infer<typeof EventSource>;
