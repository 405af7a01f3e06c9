/**
 * All output of a command, however slow its reader: the engine drops what is not taken within two seconds of the end, up to about a megabyte of it. A reader that
 * stands still holds up the command, as it should; once the command has ended, what the engine still has is taken in here.
 */

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

export interface WholeOutputOptions {
  /** Of the engine. It does not answer while it waits for its reader, which says the same as that it does not run. */
  readonly runs: () => Promise<boolean>;
  /** How long the reader may stand still before the engine is asked, and how long that may take. */
  readonly lookMs?: number;
}

const LOOK_MS = 300;
/** More than an engine holds. */
const HOLD_BYTES = 4 * 1024 * 1024;

export async function* wholeOutput(
  source: AsyncIterable<OutputChunk>,
  { runs, lookMs = LOOK_MS }: WholeOutputOptions,
): AsyncGenerator<OutputChunk, void> {
  const held: OutputChunk[] = [];
  let bytes = 0;
  let limit = 1;
  let over = false;
  let failure: unknown;
  let wakeReader: (() => void) | undefined;
  let makeRoom: (() => void) | undefined;

  const late = (): Promise<false> => new Promise((resolve) => setTimeout(resolve, lookMs, false));
  const ended = async (): Promise<boolean> => !(await Promise.race([runs(), late()]).catch(() => false));

  /** Until the reader has taken something, or the command has ended. */
  const room = async (): Promise<void> => {
    const taken = Promise.withResolvers<void>();
    makeRoom = taken.resolve;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let looking = limit < HOLD_BYTES;
    const look = async (): Promise<void> => {
      const isOver = await ended();
      if (!looking) return;
      if (isOver) {
        limit = HOLD_BYTES;
        taken.resolve();
      } else timer = setTimeout(look, lookMs);
    };
    if (looking) timer = setTimeout(look, lookMs);
    await taken.promise;
    looking = false;
    clearTimeout(timer);
  };

  const pump = async (): Promise<void> => {
    try {
      for await (const chunk of source) {
        held.push(chunk);
        bytes += chunk.data.byteLength;
        wakeReader?.();
        while (bytes >= limit && !over) await room();
        if (over) return;
      }
    } catch (error) {
      failure = error;
    } finally {
      over = true;
      wakeReader?.();
    }
  };

  const pumping = pump();
  try {
    for (;;) {
      const chunk = held.shift();
      if (chunk) {
        bytes -= chunk.data.byteLength;
        yield chunk;
        if (bytes > 0) continue;
        limit = 1;
        makeRoom?.();
      } else if (over) break;
      else
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
    }
    if (failure) throw failure;
  } finally {
    over = true;
    makeRoom?.();
    void pumping;
  }
}
