/** Where an event comes from. In a file of its own because both forms of Event hold it. */
import { type Infer, str, struct } from '../dsl/field.ts';

export const EventSource = struct('io.k8s.api.core.v1.EventSource', '@core.EventSource', {
  component: str(1, '@core.EventSource.component'),
  host: str(2, '@core.EventSource.host'),
});
export type EventSource = Infer<typeof EventSource>;
