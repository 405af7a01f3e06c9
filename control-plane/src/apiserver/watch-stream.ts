/**
 * The body of a watch as something that is asked for its next piece, which costs no promise for each event. It is a web stream everywhere; a platform that
 * can do better sends the pieces itself, see platform/node/event-sender.ts.
 */
export interface EventSource {
  /** The next piece. undefined: nothing now, and `onNews` is called, never within this call, when there may be. A piece may be another stream's, too: never mutate. */
  next(): Uint8Array | 'ended' | undefined;
  /** Set by whoever reads. */
  onNews: () => void;
  /** The reader has gone or has everything. Idempotent. */
  close(): void;
}

const sources = new WeakMap<ReadableStream, EventSource>();

/** What a response's body is made of, if it is a watch that nobody has begun to read. */
export const sourceOf = (body: ReadableStream | null): EventSource | undefined => (body ? sources.get(body) : undefined);

const nobody = (): void => undefined;

export const streamOf = (source: EventSource): ReadableStream<Uint8Array> => {
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        new Promise((resolve) => {
          const look = (): void => {
            const piece = source.next();
            if (piece === undefined) return;
            source.onNews = nobody;
            if (piece === 'ended') controller.close();
            else controller.enqueue(piece);
            resolve();
          };
          source.onNews = look;
          look();
        }),
      cancel: () => source.close(),
    },
    // nothing is read ahead of whoever takes the source
    { highWaterMark: 0 },
  );
  sources.set(stream, source);
  return stream;
};

export interface Asked<T> {
  /** undefined: not yet; `onNews` is called. @throws what the iterator throws */
  next(): T | 'ended' | undefined;
  close(): void;
}

/** An async iterator, asked. */
export const asked = <T>(items: AsyncIterator<T, void>, onNews: () => void): Asked<T> => {
  let waiting = false;
  let ended = false;
  let take: (() => T | 'ended') | undefined;
  const arrived = (what: () => T | 'ended'): void => {
    waiting = false;
    take = what;
    onNews();
  };
  return {
    next: () => {
      if (ended) return 'ended';
      const taken = take?.();
      take = undefined;
      if (taken !== undefined) {
        ended = taken === 'ended';
        return taken;
      }
      if (waiting) return undefined;
      waiting = true;
      items.next().then(
        (result) => arrived(() => (result.done ? 'ended' : result.value)),
        (error: unknown) =>
          arrived(() => {
            throw error;
          }),
      );
      return undefined;
    },
    close: () => {
      ended = true;
      void items.return?.().then(undefined, () => undefined);
    },
  };
};
