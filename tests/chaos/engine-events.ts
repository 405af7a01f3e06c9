/** What the engine did with a cluster's containers, by its own event stream: the witness of the drills. */
import type { TestCluster } from '../harness/cluster.ts';

export interface EngineEvent {
  action: string;
  id: string;
  /** `<pod uid>/<container or sandbox>/<attempt>`: what must be created and started once. */
  subject: string;
  podUid: string;
  role: string;
  exitCode: string | undefined;
}

export interface EngineEvents {
  readonly all: readonly EngineEvent[];
  of(...actions: string[]): EngineEvent[];
  /** Called with every event. */
  onEvent: ((event: EngineEvent) => void) | undefined;
  stop(): void;
}

const label = (name: string) => `kedge.dev/${name}`;
const noted = ['create', 'start', 'restart', 'stop', 'kill', 'die', 'oom', 'pause', 'destroy'];

/** Follows the engine from now on, but for the agent's probes of what the engine can do. Resolves when the stream stands. */
export const followEngine = async (cluster: TestCluster): Promise<EngineEvents> => {
  const stream = (await cluster.docker.getEvents({
    filters: { type: ['container'], event: noted, label: [`${label('cluster')}=${cluster.identity.clusterUid}`] },
  })) as NodeJS.ReadableStream & { destroy(): void };
  const all: EngineEvent[] = [];
  const events: EngineEvents = {
    all,
    of: (...actions) => all.filter(({ action }) => actions.includes(action)),
    onEvent: undefined,
    stop: () => stream.destroy(),
  };
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter(Boolean)) {
      const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { ID: string; Attributes: Record<string, string> } };
      const { Attributes: labels } = Actor;
      const role = labels[label('role')] ?? '';
      if (role === 'probe') continue;
      const podUid = labels[label('pod-uid')] ?? '';
      const event: EngineEvent = {
        action: Action,
        id: Actor.ID,
        subject: `${podUid}/${labels[label('container')] ?? role}/${labels[label('attempt')]}`,
        podUid,
        role,
        exitCode: labels.exitCode,
      };
      all.push(event);
      events.onEvent?.(event);
    }
  });
  return events;
};
