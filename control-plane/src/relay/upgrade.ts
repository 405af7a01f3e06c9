/**
 * The WebSocketUpgrader port: turns an upgrade request into a socket of frames. Node.js: platform/node/upgrade.ts over `ws`; Workers: WebSocketPair.
 * Back-pressure is part of the contract both ways: `send` waits while the peer does not drain, and a peer whose frames nobody takes is paused.
 */
import type { FrameStream } from './relay.ts';

/** The server's end of an accepted WebSocket. */
export interface FrameSocket extends FrameStream {
  /** Bytes handed over and not yet taken by the network. */
  readonly bufferedAmount: number;
  /** Unix ms of the last sign of life, where frames are not all that shows one (pings a platform answers by itself). */
  readonly heardMs?: () => number;
}

export interface WebSocketUpgrader {
  /**
   * Accepts the upgrade, echoing `protocol` when given. The response must be returned for `request` untouched.
   * @throws Error when `request` is no WebSocket upgrade
   */
  accept(request: Request, protocol?: string): { readonly response: Response; readonly socket: FrameSocket };
}

/** Whether a request asks for a WebSocket. */
export const isUpgrade = (request: Request): boolean => request.headers.get('upgrade')?.toLowerCase() === 'websocket';
