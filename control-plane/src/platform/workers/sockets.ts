/**
 * Workers' WebSockets as frame streams. `clientStream`: one the Worker dialled; `createObjectSocket`: one end of a hibernating socket of an object, fed by
 * the object's webSocketMessage. A Worker's socket cannot be paused: what it dials must be bounded by credit or by what it carries.
 */
import { FrameQueue } from '../../relay/frame-queue.ts';
import type { FrameStream } from '../../relay/relay.ts';
import type { FrameSocket } from '../../relay/upgrade.ts';

const HIGH_WATER_BYTES = 1024 * 1024;
const DRAIN_POLL_MS = 20;

type Closed = { readonly code: number; readonly reason: string };

const frameOf = (data: string | ArrayBuffer): string | Uint8Array => (typeof data === 'string' ? data : new Uint8Array(data));

/** Codes that may be sent; others become 1000 or 1011. */
export const sendableCode = (code: number): number => {
  if (code === 1005) return 1000;
  return (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1006) || (code >= 3000 && code <= 4999) ? code : 1011;
};

export const closeQuietly = (socket: WebSocket, code: number, reason: string): void => {
  try {
    socket.close(sendableCode(code), reason.slice(0, 100));
  } catch {
    // closed already
  }
};

/** Bytes sent that the network has not taken. */
export const buffered = (socket: WebSocket): number => (socket as WebSocket & { bufferedAmount?: number }).bufferedAmount ?? 0;

/** Waits until the peer has taken most of what was sent. */
export const drained = async (socket: WebSocket): Promise<void> => {
  while (buffered(socket) > HIGH_WATER_BYTES / 2 && socket.readyState === WebSocket.READY_STATE_OPEN) {
    await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
  }
};

export const isFull = (socket: WebSocket): boolean => buffered(socket) > HIGH_WATER_BYTES;

/** The accepted client end of an upgrade. */
export const clientStream = (socket: WebSocket): FrameStream => {
  const queue = new FrameQueue({ pause: () => undefined, resume: () => undefined });
  const closed = new Promise<Closed>((resolve) => {
    const end = (code: number, reason: string): void => {
      queue.end();
      resolve({ code, reason });
    };
    socket.addEventListener('close', ({ code, reason }) => {
      closeQuietly(socket, code, reason);
      end(code, reason);
    });
    socket.addEventListener('error', () => end(1006, 'the connection broke'));
  });
  socket.addEventListener('message', ({ data }) => queue.push(frameOf(data as string | ArrayBuffer)));
  // the standard's default is Blob, which cannot be read in step
  (socket as WebSocket & { binaryType: string }).binaryType = 'arraybuffer';
  socket.accept();
  return {
    frames: queue,
    closed,
    send: async (frame) => {
      socket.send(frame);
      if (isFull(socket)) await drained(socket);
    },
    close: (code, reason) => {
      closeQuietly(socket, code, reason);
      queue.end();
    },
  };
};

export interface ObjectSocket {
  readonly frames: FrameSocket;
  message(data: string | ArrayBuffer): void;
  closed(code: number, reason: string): void;
}

/** `heardMs`: when the platform last answered a ping on it. */
export const createObjectSocket = (socket: WebSocket, heardMs?: () => number): ObjectSocket => {
  const queue = new FrameQueue({ pause: () => undefined, resume: () => undefined });
  let ended: (closed: Closed) => void = () => undefined;
  const closed = new Promise<Closed>((resolve) => {
    ended = resolve;
  });
  return {
    frames: {
      get bufferedAmount() {
        return buffered(socket);
      },
      ...(heardMs ? { heardMs } : {}),
      frames: queue,
      closed,
      send: async (frame) => {
        socket.send(frame);
        if (isFull(socket)) await drained(socket);
      },
      close: (code, reason) => {
        closeQuietly(socket, code, reason);
        // a peer that does not care goes on sending
        queue.end();
      },
    },
    message: (data) => queue.push(frameOf(data)),
    closed: (code, reason) => {
      queue.end();
      ended({ code, reason });
    },
  };
};
