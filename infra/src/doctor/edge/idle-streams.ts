/** How long a stream without a word stays open: what ends it early makes every client connect again that often. */
import { type EdgeCheck, type Measured, scratchName, seconds, watchOf } from './check.ts';

export interface Life {
  readonly kind: 'watch' | 'WebSocket';
  /** Undefined: still open at the end. */
  readonly endedMs: number | undefined;
  readonly how: string;
}

export const judgeLives = (lives: readonly Life[], idleMs: number): Measured => {
  const check = 'idle streams';
  const figure = lives
    .map(
      ({ kind, endedMs, how }) =>
        `${kind} ${endedMs === undefined ? `open after ${seconds(idleMs)}` : `ended after ${seconds(endedMs)} (${how})`}`,
    )
    .join(', ');
  return lives.every(({ endedMs }) => endedMs === undefined)
    ? { check, state: 'ok', figure, meaning: 'silence ends no stream for at least that long' }
    : {
        check,
        state: 'warning',
        figure,
        meaning: 'clients and agents connect again that often; nothing is lost, and each time costs a request',
      };
};

export const idleStreams: EdgeCheck = {
  ...{ name: 'idle streams', requests: 2, writes: 0, reads: 0 },
  measure: async (client, { idleMs }) => {
    const leaving = new AbortController();
    const startedAt = performance.now();
    const over = new Promise<undefined>((resolve) => setTimeout(resolve, idleMs, undefined));
    const body = (await client.stream('GET', watchOf(scratchName()), leaving.signal)).body;
    const watch = (async (): Promise<string> => {
      try {
        for await (const _ of body ?? []);
        return 'its end';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    const socket = client.socket(watchOf(scratchName()));
    const closed = new Promise<string>((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve(`${code}${reason && ` ${reason}`}`));
      socket.addEventListener('error', () => resolve('it could not be opened'));
    });
    const life = async (kind: Life['kind'], ended: Promise<string>): Promise<Life> => {
      const how = await Promise.race([ended, over]);
      return { kind, endedMs: how === undefined ? undefined : performance.now() - startedAt, how: how ?? '' };
    };
    const lives = await Promise.all([life('watch', watch), life('WebSocket', closed)]);
    leaving.abort();
    socket.close();
    return judgeLives(lives, idleMs);
  },
};
