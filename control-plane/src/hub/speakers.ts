/**
 * Which of several agents speaks for a node. A restart takes over from its former self; another agent of that name is refused while the first is alive, and
 * so is one that had given way and runs on: two that replace each other for ever would leave the node with neither.
 */
import type { AgentIdentity, Hello } from '#schema/sync/protocol.ts';
import type { Logger } from '../platform/platform.ts';

export interface Speakers {
  /** Why the agent that says hello may not speak; undefined when it may. `current` speaks now and is alive. Agents of before this check have no identity and may. */
  refusal(node: string, hello: Hello, current: AgentIdentity | undefined): string | undefined;
}

const MAX_REMEMBERED = 100;

export const createSpeakers = (log: Logger): Speakers => {
  /** Processes that gave way to another of the same folder. */
  const superseded = new Set<string>();
  return {
    refusal: (node, { agent }, current) => {
      if (!agent || !current || agent.process === current.process) return undefined;
      if (agent.instance === current.instance && !superseded.has(agent.process)) {
        if (superseded.size >= MAX_REMEMBERED) superseded.clear();
        superseded.add(current.process);
        return undefined;
      }
      log.warn('a second agent of one node was refused', { node, host: agent.host, speaker: current.host });
      return `another agent, on machine "${current.host}", speaks for node "${node}": stop it, or give this machine ("${agent.host}") another nodeName in its agent's configuration`;
    },
  };
};
