/**
 * What the hub tells a follower in the Worker. A Worker's socket cannot be paused, so what a slow reader has not taken is dropped above a bound, and the
 * reader is told how far things went: like anybody who missed something, it then reads the store.
 */
import type { FollowMessage } from './rpc.ts';
import { closeQuietly } from './sockets.ts';

/** Characters that wait for the reader; a single frame may be larger. */
const MAX_WAITING = 256 * 1024;

const frameEnd = /^\{"after":\d+,"through":(\d+),/;

export class FollowQueue {
  #frames: string[] = [];
  #characters = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  push(frame: string): void {
    if (this.#frames.length > 0 && this.#characters + frame.length > MAX_WAITING) {
      const through = Number(frameEnd.exec(frame)?.[1] ?? (JSON.parse(frame) as FollowMessage).through);
      this.#frames = [JSON.stringify({ after: through, through, changes: [] } satisfies FollowMessage)];
      this.#characters = 0;
    } else {
      this.#frames.push(frame);
      this.#characters += frame.length;
    }
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FollowMessage, void> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        this.#characters = Math.max(0, this.#characters - frame.length);
        yield JSON.parse(frame) as FollowMessage;
      } else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}

export interface FollowStream {
  readonly messages: AsyncIterable<FollowMessage>;
  /** The code it was closed with. */
  readonly closed: Promise<number>;
  close(): void;
}

/** Accepts the socket that the hub answered with. */
export const followStream = (socket: WebSocket): FollowStream => {
  const queue = new FollowQueue();
  const closed = new Promise<number>((resolve) => {
    const end = (code: number): void => {
      queue.end();
      resolve(code);
    };
    socket.addEventListener('close', ({ code, reason }) => {
      closeQuietly(socket, code, reason);
      end(code);
    });
    socket.addEventListener('error', () => end(1006));
  });
  socket.addEventListener('message', ({ data }) => queue.push(data as string));
  socket.accept();
  return {
    messages: queue,
    closed,
    close: () => {
      closeQuietly(socket, 1000, '');
      queue.end();
    },
  };
};
