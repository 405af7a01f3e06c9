/** How long each node has been silent, as the hub knows it: what the node-lifecycle controller decides on. */
import type { Liveness } from '../hub/liveness.ts';
import type { Clock } from '../platform/platform.ts';
import type { Telemetry } from './telemetry.ts';

export const countSilence = (telemetry: Telemetry, liveness: () => Promise<Liveness>, clock: Clock): void =>
  telemetry.gauge('kedge_node_silence_seconds', 'Time since a node was last heard.', 'node', async () => {
    const { nodes } = await liveness();
    return new Map(nodes.map(({ node, lastHeardMs }) => [node, Math.max(0, clock.now() - lastHeardMs) / 1000]));
  });
