/** One run of a probe's handler. Never throws: whatever goes wrong is a failure with its text. */
import { connect } from 'node:net';
import type { Container, Probe } from '#schema/core/pod.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import { checkGrpcHealth } from './grpc.ts';
import { httpGet, portOf } from './http.ts';

export interface ProbeTarget {
  readonly container: Container;
  readonly containerId: string;
  readonly podIP: string;
}

export interface ProbeOutcome {
  readonly success: boolean;
  /** Empty on success. */
  readonly message: string;
}

const ok: ProbeOutcome = { success: true, message: '' };
const failed = (message: string): ProbeOutcome => ({ success: false, message });

const runExec = async (
  command: readonly string[],
  target: ProbeTarget,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<ProbeOutcome> => {
  const session = await runtime.exec(target.containerId, { command, stdin: false, tty: false }, signal);
  let output = '';
  const decoder = new TextDecoder();
  for await (const { data } of session.output) if (output.length < 10_240) output += decoder.decode(data, { stream: true });
  return (await session.wait()) === 0 ? ok : failed(output);
};

const openTcp = (host: string, port: number, signal: AbortSignal): Promise<ProbeOutcome> => {
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome>();
  const socket = connect({ host, port });
  const settle = (outcome: ProbeOutcome) => {
    socket.destroy();
    resolve(outcome);
  };
  socket.once('connect', () => settle(ok));
  socket.once('error', (error: NodeJS.ErrnoException) =>
    settle(failed(`dial tcp ${host}:${port}: connect: ${error.code === 'ECONNREFUSED' ? 'connection refused' : error.message}`)),
  );
  signal.addEventListener('abort', () => settle(failed(`dial tcp ${host}:${port}: i/o timeout`)), { once: true });
  return promise;
};

const runHandler = async (probe: Probe, target: ProbeTarget, runtime: ContainerRuntime, signal: AbortSignal): Promise<ProbeOutcome> => {
  if (probe.exec) return runExec(probe.exec.command ?? [], target, runtime, signal);
  if (probe.httpGet) {
    const { status } = await httpGet(probe.httpGet, { ...target, signal, userAgent: 'kube-probe/1.35' });
    return status >= 200 && status < 400 ? ok : failed(`HTTP probe failed with statuscode: ${status}`);
  }
  if (probe.tcpSocket) {
    const port = portOf(target.container, probe.tcpSocket.port);
    return port === undefined
      ? failed(`couldn't find port: ${probe.tcpSocket.port}`)
      : openTcp(probe.tcpSocket.host || target.podIP, port, signal);
  }
  if (probe.grpc) {
    const { port, service = '' } = probe.grpc;
    return checkGrpcHealth({ host: target.podIP, port, service, timeoutSeconds: probe.timeoutSeconds ?? 1, signal });
  }
  return failed('missing probe handler');
};

const urlOf = (probe: Probe, target: ProbeTarget): string => {
  const get = probe.httpGet!;
  return `${(get.scheme ?? 'HTTP').toLowerCase()}://${get.host || target.podIP}:${portOf(target.container, get.port)}${get.path ?? '/'}`;
};

/** `signal` is the probe's time limit or the end of its container. */
export const runProbe = async (
  probe: Probe,
  target: ProbeTarget,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<ProbeOutcome> => {
  const stop = new AbortController();
  const aborted = Promise.withResolvers<ProbeOutcome>();
  const onAbort = () => {
    stop.abort();
    // it knows how far it came
    if (probe.grpc) return;
    aborted.resolve(
      failed(
        probe.httpGet
          ? `Get "${urlOf(probe, target)}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
          : probe.exec
            ? `command timed out: "${(probe.exec.command ?? []).join(' ')}" timed out after ${probe.timeoutSeconds ?? 1}s`
            : 'context deadline exceeded',
      ),
    );
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const run = runHandler(probe, target, runtime, stop.signal).catch((error: NodeJS.ErrnoException) =>
    failed(
      probe.httpGet && error.code === 'ECONNREFUSED'
        ? `Get "${urlOf(probe, target)}": dial tcp ${target.podIP}:${portOf(target.container, probe.httpGet.port)}: connect: connection refused`
        : error.message,
    ),
  );
  try {
    return await Promise.race([run, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
