/**
 * The relay of a control plane that is one process. A session begins with the client, asks the hub to tell the agent, waits for the agent's dial-back
 * and only then accepts the client, so that a client hears a real error when the node is away. @see relay.ts for the port.
 */
import { serviceUnavailable, timeout } from '../apiserver/errors.ts';
import type { Credential, Hub, StreamOpen } from '../hub/hub.ts';
import { type OpenSessions, ofCredential, ofNode } from '../hub/sessions.ts';
import type { FrameStream, Relay } from './relay.ts';
import { splice } from './splice.ts';
import { stallGuarded } from './stall-guard.ts';
import { STALL_MS } from './timing.ts';
import { isUpgrade, type WebSocketUpgrader } from './upgrade.ts';

export interface InProcessRelayOptions {
  readonly hub: Pick<Hub, 'openStream'>;
  readonly upgrader: WebSocketUpgrader;
  /** The hub's. */
  readonly sessions: OpenSessions;
  /** How long a session waits for the agent. Default 10 s. */
  readonly dialBackMs?: number;
  /** How long what waits for one side may wait. Default 60 s. */
  readonly stallMs?: number;
}

/** Sub-protocol of the agent's dial-back. */
export const STREAM_SUBPROTOCOL = 'kedge.stream.v1';

const POLICY_VIOLATION = 1008;

interface Waiting {
  readonly node: string;
  readonly arrived: (stream: FrameStream) => void;
}

export const createInProcessRelay = ({
  hub,
  upgrader,
  sessions,
  dialBackMs = 10_000,
  stallMs = STALL_MS,
}: InProcessRelayOptions): Relay => {
  const waiting = new Map<string, Waiting>();

  /** The agent's stream for this session. @throws ApiError */
  const callAgent = async (node: string, open: StreamOpen, signal: AbortSignal): Promise<FrameStream> => {
    const unreachable = `node "${node}" cannot be reached: its agent`;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gaveUp: (() => void) | undefined;
    try {
      const arrived = new Promise<FrameStream>((resolve, reject) => {
        waiting.set(open.session, { node, arrived: resolve });
        timer = setTimeout(() => reject(timeout(`${unreachable} did not answer within ${dialBackMs / 1000} s`)), dialBackMs);
        gaveUp = () => reject(timeout('the client went away'));
        signal.addEventListener('abort', gaveUp, { once: true });
        if (signal.aborted) gaveUp();
      });
      // heard by the caller below in any case
      arrived.catch(() => undefined);
      if (!(await hub.openStream(node, open))) throw serviceUnavailable(`${unreachable} is not connected`);
      return await arrived;
    } finally {
      clearTimeout(timer);
      if (gaveUp) signal.removeEventListener('abort', gaveUp);
      waiting.delete(open.session);
    }
  };

  /** Ends both sides when the credential or the node does. */
  const guard = (node: string, credential: Credential | undefined, streams: readonly FrameStream[]): void => {
    const keys = [ofNode(node), ...(credential?.id ? [ofCredential(credential.id)] : [])];
    const end = (reason: string): void => {
      for (const stream of streams) stream.close(POLICY_VIOLATION, reason);
    };
    const release = sessions.hold({ keys, expiresMs: credential?.expiresMs, end });
    void Promise.race(streams.map(({ closed }) => closed)).then(release);
  };

  return {
    splice: async (node, open, request, protocol, credential) => {
      const agent = await callAgent(node, open, request.signal);
      try {
        const { response, socket } = upgrader.accept(request, protocol);
        void splice(socket, agent, { stallMs });
        guard(node, credential, [socket, agent]);
        return response;
      } catch (error) {
        agent.close(1001, 'the client went away');
        throw error;
      }
    },
    dial: async (node, open, signal, credential) => {
      const agent = await callAgent(node, open, signal);
      guard(node, credential, [agent]);
      const leave = (): void => agent.close(1001, 'the client went away');
      signal.addEventListener('abort', leave, { once: true });
      void agent.closed.then(() => signal.removeEventListener('abort', leave));
      if (signal.aborted) leave();
      return stallGuarded(agent, { stallMs });
    },
    attachAgent: async (node, session, request) => {
      const it = waiting.get(session);
      if (!it || it.node !== node) return new Response('no such session', { status: 404 });
      if (!isUpgrade(request)) return new Response('a WebSocket upgrade is needed here', { status: 426 });
      waiting.delete(session);
      const { response, socket } = upgrader.accept(request, STREAM_SUBPROTOCOL);
      it.arrived(socket);
      return response;
    },
  };
};
