/**
 * The body of a watch, or of a list, as something that is asked for its next piece, which costs no promise for each of them. It is a web stream everywhere; a
 * platform that can do better sends the pieces itself, see platform/node/piece-sender.ts.
 */
export interface PieceSource {
  /**
   * The next piece; never mutate it. undefined: nothing now, and `onNews` is called, never within this call, when there may be.
   * @throws what ends the body before its time
   */
  next(): Uint8Array | 'ended' | undefined;
  /** Others are given the same pieces. */
  readonly shared: boolean;
  /** Set by whoever reads. */
  onNews: () => void;
  /** The reader has gone or has everything. Idempotent. */
  close(): void;
}

const sources = new WeakMap<ReadableStream, PieceSource>();

/** What a response's body is made of, if it is a watch or a list of many that nobody has begun to read. */
export const sourceOf = (body: ReadableStream | null): PieceSource | undefined => (body ? sources.get(body) : undefined);

const nobody = (): void => undefined;

export const streamOf = (source: PieceSource): ReadableStream<Uint8Array> => {
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            try {
              const piece = source.next();
              if (piece === undefined) return;
              source.onNews = nobody;
              if (piece === 'ended') controller.close();
              else controller.enqueue(piece);
              resolve();
            } catch (error) {
              reject(error);
            }
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

/** The pieces of an iterator, which nobody else is given. */
export const sourceOfPieces = (pieces: AsyncIterator<Uint8Array, void>): PieceSource => {
  const { next, close } = asked(pieces, () => source.onNews());
  const source: PieceSource = { next, close, shared: false, onNews: nobody };
  return source;
};
