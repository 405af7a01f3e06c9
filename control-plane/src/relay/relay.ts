/**
 * The Relay port: byte streams between a client and the agent of a node (exec, attach, logs, port-forward). The relay copies frames and never
 * reads them; the protocol inside is between client and agent. One relay object a session on Workers, in process on Node.js.
 */
import type { Credential, StreamOpen } from '../hub/hub.ts';

/** A message-framed duplex. `frames` ends when the other side closed; `closed` then says how. */
export interface FrameStream {
  send(frame: Uint8Array | string): Promise<void>;
  close(code: number, reason: string): void;
  readonly frames: AsyncIterable<Uint8Array | string>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Bytes handed over and not yet taken by the network, where that is known. */
  readonly bufferedAmount?: number;
}

/** Sessions end with the client's `credential`, and when the node is deleted. */
export interface Relay {
  /** Upgrades the client's WebSocket (echoing `protocol`) and splices it with the agent's stream. Answers 101, or throws ApiError when the agent is away. */
  splice(node: string, open: StreamOpen, request: Request, protocol: string, credential?: Credential): Promise<Response>;
  /** The server itself is the client (logs over plain HTTP). @throws ApiError ServiceUnavailable when the agent does not dial back within 10 s. */
  dial(node: string, open: StreamOpen, signal: AbortSignal, credential?: Credential): Promise<FrameStream>;
  /** The agent's dial-back for `session`; answers 101, or 404 when nobody waits. */
  attachAgent(node: string, session: string, request: Request): Promise<Response>;
}
