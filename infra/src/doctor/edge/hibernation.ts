/** Whether the hub sleeps while a watch hangs on it: an object that does not is paid for by the second. Its own counters tell: they begin anew when it wakes. */
import { type EdgeCheck, type Measured, scratchName, seconds, watchOf } from './check.ts';
import type { EdgeClient } from './client.ts';

/** Calls that reached the hub since its memory began. */
export const hubEvents = (text: string): number =>
  text
    .split('\n')
    .filter((line) => line.startsWith('kedge_object_events_total{') && line.includes('component="hub"'))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);

export const judgeHibernation = (before: number, after: number, idleMs: number): Measured => {
  const check = 'hibernation';
  if (before === 0)
    return {
      check,
      state: 'failed',
      figure: 'the hub told nothing of itself',
      meaning: 'whether it sleeps cannot be said: is it reached?',
    };
  const left = `left alone for ${seconds(idleMs)} with a watch open`;
  if (after < before) return { check, state: 'ok', figure: `${left}, the hub slept`, meaning: 'an idle cluster costs no object time' };
  const others = Math.max(0, after - before - 1);
  return others > 0
    ? {
        check,
        state: 'warning',
        figure: `${left}, the hub was called ${others} times by others`,
        meaning: 'nothing can be said of a busy hub: ask again when less is going on',
      }
    : { check, state: 'warning', figure: `${left}, the hub stayed awake`, meaning: 'its object is paid for as long as a watch is open' };
};

const eventsNow = async (client: EdgeClient): Promise<number> => {
  const response = await client.ask('GET', '/metrics');
  const text = await response.text();
  if (!response.ok) throw new Error(`/metrics: ${response.status}`);
  return hubEvents(text);
};

export const hibernation: EdgeCheck = {
  ...{ name: 'hibernation', requests: 3, writes: 0, reads: 0 },
  measure: async (client, { idleMs }) => {
    const leaving = new AbortController();
    try {
      const { body } = await client.stream('GET', watchOf(scratchName()), leaving.signal);
      const before = await eventsNow(client);
      await new Promise((resolve) => setTimeout(resolve, idleMs));
      const after = await eventsNow(client);
      leaving.abort();
      await body?.cancel().catch(() => undefined);
      return judgeHibernation(before, after, idleMs);
    } finally {
      leaving.abort();
    }
  },
};
