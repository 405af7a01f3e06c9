/**
 * Port forwarding as dashboards and client libraries speak it (`v4.channel.k8s.io`): the ports stand in the query, each is one connection with a data and an
 * error channel, and the first message on either channel is its port. @see port-forward.ts for kubectl's way.
 */
import type { Duplex } from 'node:stream';
import { channelFrame } from './channels.ts';
import { drained, type PortForwardOptions, STALL_MS } from './port-forward.ts';
import type { StreamSocket } from './stream-socket.ts';

const CHUNK_BYTES = 64 * 1024;

class StalledError extends Error {}

/** Resolves when every connection, or the client, has ended. Never throws. */
export const serveChannelForward = async (socket: StreamSocket, ports: readonly number[], options: PortForwardOptions): Promise<void> => {
  const leaving = new AbortController();
  void socket.closed.then(() => leaving.abort());
  const inlets = ports.map(() => Promise.withResolvers<Duplex | undefined>());

  const serve = async (port: number, index: number): Promise<void> => {
    const [data, error] = [2 * index, 2 * index + 1];
    const name = Uint8Array.of(port & 0xff, port >> 8);
    await socket.send(channelFrame(data, name));
    await socket.send(channelFrame(error, name));
    let pod: Duplex | undefined;
    try {
      pod = await options.connect(port, leaving.signal);
      inlets[index]!.resolve(pod);
      leaving.signal.addEventListener('abort', () => pod?.destroy(), { once: true });
      for await (const chunk of pod as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.byteLength; at += CHUNK_BYTES)
          await socket.send(channelFrame(data, chunk.subarray(at, at + CHUNK_BYTES)));
      }
    } catch (failure) {
      inlets[index]!.resolve(undefined);
      const text = `error forwarding port ${port} to pod ${options.pod}: ${(failure as Error).message}`;
      if ((!pod || failure instanceof StalledError) && !leaving.signal.aborted)
        await socket.send(channelFrame(error, new TextEncoder().encode(text))).catch(() => undefined);
    } finally {
      pod?.destroy();
    }
  };

  const read = async (): Promise<void> => {
    for await (const frame of socket.frames) {
      if (typeof frame === 'string' || frame.byteLength < 2 || frame[0]! % 2 !== 0) continue;
      const pod = await inlets[frame[0]! / 2]?.promise;
      if (!pod || pod.destroyed || pod.write(frame.subarray(1))) continue;
      if (!(await drained(pod, options.stallMs ?? STALL_MS))) pod.destroy(new StalledError('the pod took nothing for too long'));
    }
  };

  void read().catch(() => leaving.abort());
  await Promise.allSettled(ports.map(serve));
  socket.close(1000, '');
};
