/** How far the database is from the Worker, as the Worker sees it. The first to be asked: it also tells what the control plane runs on. */

import { EDGE_PATH, type EdgeCheck, type Measured } from './check.ts';
import { answered } from './client.ts';

const READS = 20;
const FAR_MS = 60;

export const judgeStore = (taken: readonly number[]): Measured => {
  const sorted = [...taken].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const figure = `median ${at(0.5)} ms, slowest ${sorted.at(-1)} ms of ${taken.length} reads`;
  return at(0.5) <= FAR_MS
    ? {
        check: 'store latency',
        state: 'ok',
        figure,
        meaning: 'the database is near: a read costs one such round trip, a write at most two',
      }
    : {
        ...{ check: 'store latency', state: 'warning', figure },
        meaning: 'the database is far from the Worker: kedge deploy --region puts the Worker next to it',
      };
};

export const storeLatency: EdgeCheck = {
  ...{ name: 'store latency', requests: 1, writes: 0, reads: READS },
  measure: async (client) => judgeStore((await answered(client, 'POST', `${EDGE_PATH}?store=${READS}`)).ms),
};
