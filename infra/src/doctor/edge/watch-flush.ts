/** Whether events of a watch reach the client when they happen, or when something in between has enough of them. */

import { type EdgeCheck, type Measured, mapAt, scratchName, seconds, watchOf } from './check.ts';
import { answered } from './client.ts';

const CHANGES = 2;
const SLOW_MS = 1_000;
const GIVE_UP_MS = 30_000;

/** `lateMs`: from the reply of each write to its event; negative: the event was first. Undefined: it never came. */
export const judgeFlush = (lateMs: readonly (number | undefined)[]): Measured => {
  const check = 'watch flush';
  const came = lateMs.filter((late) => late !== undefined);
  if (came.length < lateMs.length) {
    const figure = `${lateMs.length - came.length} of ${lateMs.length} events did not come within ${seconds(GIVE_UP_MS)}`;
    return {
      check,
      state: 'failed',
      figure,
      meaning: 'something between here and the Worker holds streams back: kubectl get -w would show nothing',
    };
  }
  const worst = Math.max(...came);
  const figure = `events came at most ${Math.max(0, Math.round(worst))} ms after the write's own reply`;
  return worst <= SLOW_MS
    ? { check, state: 'ok', figure, meaning: 'each event is sent on at once, by itself' }
    : { check, state: 'warning', figure, meaning: 'events are held back on the way: controllers and kubectl act that much later' };
};

export const watchFlush: EdgeCheck = {
  // the map is made, changed and deleted beside the watch
  ...{ name: 'watch flush', requests: CHANGES + 3, writes: CHANGES + 2, reads: 0 },
  measure: async (client) => {
    const name = scratchName();
    const made = await answered(client, 'POST', mapAt(''), { metadata: { name }, data: { serial: '0' } });
    const leaving = new AbortController();
    try {
      const { body } = await client.stream('GET', watchOf(name, made.metadata.resourceVersion), leaving.signal);
      const arrived: number[] = [];
      let wake = (): void => undefined;
      const reading = (async () => {
        for await (const chunk of body ?? []) {
          for (const line of Buffer.from(chunk).toString().split('\n')) if (line.includes('"MODIFIED"')) arrived.push(performance.now());
          wake();
        }
      })().catch(() => undefined);
      const late: (number | undefined)[] = [];
      for (let serial = 1; serial <= CHANGES; serial++) {
        await answered(client, 'PATCH', mapAt(name), { data: { serial: String(serial) } });
        const repliedAt = performance.now();
        while (arrived.length < serial && performance.now() - repliedAt < GIVE_UP_MS)
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, GIVE_UP_MS);
            wake = () => {
              clearTimeout(timer);
              resolve();
            };
          });
        const at = arrived[serial - 1];
        late.push(at === undefined ? undefined : at - repliedAt);
      }
      leaving.abort();
      await reading;
      return judgeFlush(late);
    } finally {
      leaving.abort();
      await client.ask('DELETE', mapAt(name)).then((response) => response.text());
    }
  },
};
