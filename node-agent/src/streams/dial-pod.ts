/** A TCP connection to a port of a pod on this node, by its address as this node knows it. */
import { connect, type Socket } from 'node:net';
import type { Pod } from '#schema/core/pod.ts';

const CONNECT_MS = 10_000;

/** Where a pod of the host's network is found. */
const LOOPBACK = '127.0.0.1';

export const addressOfPod = (pod: Pod): string | undefined => (pod.spec.hostNetwork ? LOOPBACK : pod.status?.podIP || undefined);

/** @throws Error in the words of a person who looks for the reason */
export const dialPod = (pod: Pod | undefined, port: number, signal: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const host = pod && addressOfPod(pod);
    if (!host) return reject(new Error('the pod has no address yet'));
    if (signal.aborted) return reject(new Error('the client went away'));
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const fail = (error: NodeJS.ErrnoException): void => {
      cleanUp();
      socket.destroy();
      reject(error.code === 'ECONNREFUSED' ? new Error(`connection refused: nothing listens on ${host}:${port} in the pod`) : error);
    };
    const leave = (): void => fail(new Error('the client went away'));
    const timer = setTimeout(() => fail(new Error(`no answer from ${host}:${port} within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
    const cleanUp = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      socket.off('error', fail);
    };
    signal.addEventListener('abort', leave, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      cleanUp();
      // what breaks later is seen by who reads
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
