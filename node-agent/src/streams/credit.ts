/** The agent's side of a stream to a reader that cannot hold up its socket. @see #schema/sync/stream-credit.ts for the words. */
import { createSendWindow } from '#schema/sync/send-window.ts';
import { creditedBytes, takenFrame } from '#schema/sync/stream-credit.ts';
import type { StreamParams } from './logs.ts';
import type { Frame, StreamSocket } from './stream-socket.ts';

export interface Credit {
  /** Resolves when so many bytes may be sent: one frame may overdraw. At once where the network holds up the agent, and after the end. */
  take(bytes: number): Promise<void> | undefined;
  /** True: the frame was a grant. */
  hear(frame: Frame): boolean;
  end(): void;
}

export const creditOf = (params: StreamParams): Credit => {
  const window = createSendWindow(params.credit ? Number(params.credit[0]) : Number.POSITIVE_INFINITY);
  return {
    take: window.take,
    hear: (frame) => {
      const bytes = creditedBytes(frame);
      if (bytes !== undefined) window.granted(bytes);
      return bytes !== undefined;
    },
    end: window.end,
  };
};

/** Says to who sends a body what was taken of it; undefined: he does not ask, and the network holds him up. */
export const takenTo = (socket: Pick<StreamSocket, 'send'>, params: StreamParams): ((bytes: number) => void) | undefined => {
  const window = Number(params.bodyWindow?.[0]);
  if (!(window > 0)) return undefined;
  let owed = 0;
  const say = (): void => {
    const bytes = owed;
    owed = 0;
    // a stream that is closed needs no more of it
    socket.send(takenFrame(bytes)).catch(() => undefined);
  };
  say();
  return (bytes) => {
    owed += bytes;
    if (owed >= window / 4) say();
  };
};
