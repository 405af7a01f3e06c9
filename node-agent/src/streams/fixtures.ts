/** For tests of this folder: the agent's end of a stream in memory, with the client's hands on the other one. */
import type { Frame, StreamSocket } from './stream-socket.ts';

export interface SocketPair {
  readonly socket: StreamSocket;
  readonly sent: Frame[];
  readonly closes: [code: number, reason: string][];
  /** The client sends. */
  say(frame: Frame): void;
  leave(): void;
  /** While held, the client takes nothing: sends of the agent wait. */
  hold(): void;
  release(): void;
  /** Frames that were said and not taken yet. */
  untaken(): number;
}

export const socketPair = (): SocketPair => {
  const sent: Frame[] = [];
  const incoming: Frame[] = [];
  let wake: (() => void) | undefined;
  let over = false;
  let held: PromiseWithResolvers<void> | undefined;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const closeNow = (): void => {
    over = true;
    resolve();
    wake?.();
    held?.resolve();
  };
  const closes: [number, string][] = [];
  const socket: StreamSocket = {
    send: async (frame) => {
      if (over) throw new Error('the stream is closed');
      sent.push(frame);
      await held?.promise;
    },
    close: (code, reason) => {
      closes.push([code, reason]);
      closeNow();
    },
    frames: (async function* () {
      for (;;) {
        const frame = incoming.shift();
        if (frame !== undefined) yield frame;
        else if (over) return;
        else
          await new Promise<void>((go) => {
            wake = go;
          });
      }
    })(),
    closed,
  };
  return {
    socket,
    sent,
    closes,
    say: (frame) => {
      incoming.push(frame);
      wake?.();
    },
    leave: closeNow,
    hold: () => {
      held = Promise.withResolvers<void>();
    },
    release: () => {
      held?.resolve();
      held = undefined;
    },
    untaken: () => incoming.length,
  };
};
