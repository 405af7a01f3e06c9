/** A relay whose agents are here and whose pods all have the address 127.0.0.1: requests of the control plane to pods, whole way, without a cluster. */
import type { FrameStream, Relay } from '#control-plane/relay/relay.ts';
import { servePodHttp } from '#node-agent/streams/pod-http.ts';
import type { Frame, StreamSocket } from '#node-agent/streams/stream-socket.ts';

export const loopbackRelay: Pick<Relay, 'dial'> = {
  dial: async (_node, open): Promise<FrameStream> => {
    const queues: Frame[][] = [[], []];
    const wakes: (() => void)[] = [];
    const over = Promise.withResolvers<{ code: number; reason: string }>();
    let ended = false;
    const push = (side: number) => async (frame: Frame) => {
      if (ended) throw new Error('closed');
      queues[side]!.push(frame);
      wakes[side]?.();
    };
    async function* pull(side: number): AsyncGenerator<Frame, void> {
      for (;;) {
        const frame = queues[side]!.shift();
        if (frame !== undefined) yield frame;
        else if (ended) return;
        else
          await new Promise<void>((resolve) => {
            wakes[side] = resolve;
          });
      }
    }
    const close = (code: number, reason: string): void => {
      ended = true;
      over.resolve({ code, reason });
      for (const wake of wakes) wake?.();
    };
    const agent: StreamSocket = { send: push(0), close, frames: pull(1), closed: over.promise.then(() => undefined) };
    void servePodHttp(agent, '127.0.0.1', open.params);
    return { send: push(1), close, frames: pull(0), closed: over.promise };
  },
};
