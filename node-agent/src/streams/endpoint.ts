/**
 * The agent's streams: for each `openStream` of the control plane it dials back and serves exec, attach or logs of one container, or connections to ports
 * of a pod. Each stream lives by itself; a failure of one is told to its client and touches nothing else.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { OpenStreamMessage } from '#schema/sync/protocol.ts';
import type { Clock, Logger } from '../context.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';
import type { ContainerRuntime, ContainerStatusRecord, ExecSession } from '../runtime/runtime.ts';
import { serveChannelForward } from './channel-forward.ts';
import { refuseCommand, serveCommand } from './command.ts';
import { creditOf } from './credit.ts';
import { addressOfPod, dialPod } from './dial-pod.ts';
import { isTrue, logRequest, refuseStream, serveLogs } from './logs.ts';
import { serveNodeHttp } from './node-http.ts';
import { servePodHttp } from './pod-http.ts';
import { servePortForward } from './port-forward.ts';
import { type DialOptions, dialStream, type StreamSocket, type StreamWindows } from './stream-socket.ts';

/** The container of a pod, or with `previous` the one that ran before it. */
export type FindContainer = (
  podUid: string,
  container: string,
  previous: boolean,
) => ContainerStatusRecord | undefined | Promise<ContainerStatusRecord | undefined>;

export interface StreamEndpointOptions extends DialOptions {
  readonly runtime: Pick<ContainerRuntime, 'exec' | 'attach' | 'logs'>;
  readonly findContainer: FindContainer;
  /** Streams of an agent that has just started wait for it: until then it knows no container. */
  readonly known?: Promise<void>;
  /** The pod's object as this node knows it. */
  readonly findPod: (podUid: string) => Pod | undefined;
  /** What the node itself answers over HTTP. Absent: nothing. */
  readonly kubelet?: Kubelet;
  readonly clock: Clock;
  readonly log: Logger;
  /** For tests. */
  readonly dial?: (session: string, windows: StreamWindows) => Promise<StreamSocket>;
}

export interface StreamEndpoint {
  /** Hand it to SyncClient.onOpenStream. Resolves when the stream is over; never throws. */
  open(message: OpenStreamMessage): Promise<void>;
  /** Ends every stream and takes no more. */
  close(): void;
}

const MAX_STREAMS = 256;
/** `kubectl run -it` attaches a moment after the start; what a container said that early is shown, later attaches begin at the present. */
const FRESH_MS = 5_000;

const isFresh = ({ startedAtMs }: ContainerStatusRecord, nowMs: number): boolean =>
  startedAtMs !== undefined && nowMs - startedAtMs < FRESH_MS;

/** Ends well whatever the container ended with, as its status tells that: clients take a failure here for one of the connection, and begin anew with its log. */
const attachment = (session: ExecSession): ExecSession => ({
  ...session,
  wait: () =>
    session.wait().then(
      () => 0,
      () => 0,
    ),
});

export const createStreamEndpoint = (options: StreamEndpointOptions): StreamEndpoint => {
  const { runtime, findContainer, findPod, clock, log } = options;
  const dial = options.dial ?? ((session: string, windows: StreamWindows) => dialStream(options, session, windows));
  const open = new Set<StreamSocket>();
  const stopping = new AbortController();

  const forward = (socket: StreamSocket, { podUid, pod, params }: OpenStreamMessage): Promise<void> => {
    const connect = (port: number, signal: AbortSignal) => dialPod(findPod(podUid), port, signal);
    const ports = params.ports?.map(Number);
    return ports ? serveChannelForward(socket, ports, { connect, pod }) : servePortForward(socket, { connect, pod });
  };

  const serve = async (socket: StreamSocket, message: OpenStreamMessage): Promise<void> => {
    const { kind, params, container, podUid } = message;
    if (kind === 'portforward') return forward(socket, message);
    if (kind === 'node' && options.kubelet) return serveNodeHttp(socket, options.kubelet, params);
    if (kind === 'http') {
      const pod = findPod(podUid);
      return servePodHttp(socket, pod && addressOfPod(pod), params);
    }
    const previous = kind === 'logs' && isTrue(params, 'previous');
    const record = await findContainer(podUid, container, previous);
    if (kind === 'logs') {
      const missing = previous
        ? `previous terminated container "${container}" in pod "${message.pod}" not found`
        : // the control plane asks for what has run only
          `container "${container}" in pod "${message.pod}" is no longer on its node, and its log neither`;
      if (!record) return refuseStream(socket, 'BadRequest', missing);
      return serveLogs(socket, runtime, record.id, logRequest(params, clock.now()), creditOf(params));
    }
    if (kind !== 'exec' && kind !== 'attach') return refuseStream(socket, 'BadRequest', `this agent does not serve ${kind}`);
    if (!record) return refuseCommand(socket, `container not found ("${container}")`);
    if (record.state !== 'running') return refuseCommand(socket, `container "${container}" is not running`);
    const streams = {
      stdin: isTrue(params, 'stdin'),
      stdout: isTrue(params, 'stdout'),
      stderr: isTrue(params, 'stderr'),
      tty: isTrue(params, 'tty'),
    };
    const left = new AbortController();
    void socket.closed.then(() => left.abort());
    const start =
      kind === 'exec'
        ? runtime.exec(record.id, { command: params.command ?? [], stdin: streams.stdin, tty: streams.tty }, left.signal)
        : runtime.attach(record.id, { stdin: streams.stdin, fromStart: isFresh(record, clock.now()) }, left.signal).then(attachment);
    return serveCommand(socket, await start, streams, clock);
  };

  return {
    open: async (message) => {
      if (stopping.signal.aborted) return;
      let socket: StreamSocket | undefined;
      try {
        socket = await dial(message.session, message);
        if (open.size >= MAX_STREAMS) throw new Error(`the node has ${MAX_STREAMS} streams open, and takes no more`);
        open.add(socket);
        await Promise.race([options.known, socket.closed]);
        await serve(socket, message);
      } catch (error) {
        const reason = (error as Error).message;
        log.info('a stream failed', { kind: message.kind, pod: message.pod, reason });
        if (!socket) return;
        if (message.kind === 'exec' || message.kind === 'attach') await refuseCommand(socket, reason);
        else await refuseStream(socket, 'InternalError', reason);
      } finally {
        if (socket) {
          await socket.closed;
          open.delete(socket);
        }
      }
    },
    close: () => {
      stopping.abort();
      for (const socket of open) socket.close(1001, 'the agent stops');
    },
  };
};
