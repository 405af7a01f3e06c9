/** The engine's event stream, narrowed to this cluster's containers. */
import type { IncomingMessage } from 'node:http';
import type { RuntimeEvent } from '../runtime.ts';
import type { Engine } from './engine.ts';
import { LABEL, type Labels } from './identity.ts';
import { readLines } from './lines.ts';

interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Labels };
}

const types: Readonly<Record<string, RuntimeEvent['type']>> = { start: 'started', die: 'exited', destroy: 'removed', oom: 'oom' };

const toRuntimeEvent = (event: EngineEvent): RuntimeEvent | undefined => {
  const labels = event.Actor.Attributes;
  const sandbox = labels[LABEL.role] === 'sandbox';
  const type = types[event.Action];
  const podUid = labels[LABEL.podUid];
  if (type === undefined || podUid === undefined) return undefined;
  if (sandbox) return type === 'exited' || type === 'removed' ? { type: 'sandboxStopped', podUid, containerId: event.Actor.ID } : undefined;
  return { type, podUid, containerId: event.Actor.ID };
};

/** Replays from `since` (unix seconds on the engine's clock), so that nothing falls between a caller's call and the stream's first byte. */
export async function* readEvents(engine: Engine, clusterUid: string, since: number, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  let response: IncomingMessage | undefined;
  try {
    response = await engine.stream('GET', '/events', {
      query: {
        since,
        filters: JSON.stringify({
          type: ['container'],
          event: Object.keys(types),
          label: [`${LABEL.cluster}=${clusterUid}`],
        }),
      },
      signal,
    });
    for await (const line of readLines(response)) {
      const event = toRuntimeEvent(JSON.parse(line) as EngineEvent);
      if (event) yield event;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    response?.destroy();
  }
  if (!signal.aborted) throw new Error('the event stream of the engine ended');
}
