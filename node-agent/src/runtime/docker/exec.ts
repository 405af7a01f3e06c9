/** Exec and attach: a hijacked connection as an ExecSession. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { AttachOptions, ExecOptions, ExecSession } from '../runtime.ts';
import type { Engine } from './engine.ts';
import { readFrames } from './frames.ts';
import { type ExecState, hangUp } from './hang-up.ts';
import { wholeOutput } from './whole-output.ts';

interface Target {
  /** Path of resize: `/exec/ID/resize` or `/containers/ID/resize`. */
  readonly resize: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  exitCode(): Promise<number>;
  runs(): Promise<boolean>;
  /** Its client is gone. */
  hangUp?(): Promise<void>;
}

const session = (engine: Engine, socket: Duplex, target: Target, signal: AbortSignal): ExecSession => {
  const ended = Promise.withResolvers<void>();
  let aborted = false;
  const abort = () => {
    if (!aborted) void target.hangUp?.().catch(() => undefined);
    aborted = true;
    socket.destroy();
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  socket.on('error', () => {});
  socket.once('close', () => {
    signal.removeEventListener('abort', abort);
    ended.resolve();
  });

  async function* output() {
    try {
      yield* readFrames(socket, target.tty);
    } catch (error) {
      if (!socket.destroyed) throw error;
    } finally {
      ended.resolve();
    }
  }

  return {
    stdin: {
      write: (chunk) =>
        new Promise<void>((resolve) => {
          // A process that has ended no longer reads; what it would have got is dropped.
          if (socket.destroyed || socket.writableEnded) resolve();
          else socket.write(chunk, () => resolve());
        }),
      end: () => void socket.end(),
    },
    output: wholeOutput(output(), target),
    async resize(columns, rows) {
      await engine.call('POST', target.resize, { query: { w: columns, h: rows } });
    },
    async wait() {
      await ended.promise;
      socket.destroy();
      return target.exitCode();
    },
    abort,
  };
};

export const startExec = async (engine: Engine, containerId: string, options: ExecOptions, signal: AbortSignal): Promise<ExecSession> => {
  const { Id: id } = await engine.call<{ Id: string }>('POST', `/containers/${containerId}/exec`, {
    body: {
      AttachStdin: options.stdin,
      AttachStdout: true,
      AttachStderr: !options.tty,
      Tty: options.tty,
      Cmd: options.command,
    },
    signal,
  });
  const socket = await engine.hijack(`/exec/${id}/start`, { body: { Detach: false, Tty: options.tty }, signal });
  const inspect = () => engine.call<ExecState>('GET', `/exec/${id}/json`);
  const exitCode = async () => (await inspect()).ExitCode ?? 0;
  const runs = async () => (await inspect()).Running;
  const target = { resize: `/exec/${id}/resize`, tty: options.tty, stdin: options.stdin, exitCode, runs };
  return session(engine, socket, options.tty ? { ...target, hangUp: async () => hangUp(await inspect()) } : target, signal);
};

/** How long an ended container's stream may say nothing before it counts as over. */
const QUIET_MS = 2_000;

/** The engine ends the stream of a container that ends, but not of one that had ended just before it was attached. */
const endWithContainer = async (engine: Engine, containerId: string, socket: Duplex): Promise<void> => {
  const closed = new AbortController();
  const { signal } = closed;
  socket.once('close', () => closed.abort());
  try {
    await engine.call('POST', `/containers/${containerId}/wait`, { query: { condition: 'not-running' }, signal });
    // What its client has not taken yet stays.
    for (let seen = -1; seen !== (socket as Socket).bytesRead || socket.readableLength > 0; ) {
      seen = (socket as Socket).bytesRead;
      await delay(QUIET_MS, undefined, { signal });
    }
    socket.destroy();
  } catch {
    // The stream is over, or the engine is gone and ends it.
  }
};

export const startAttach = async (
  engine: Engine,
  containerId: string,
  options: AttachOptions,
  signal: AbortSignal,
): Promise<ExecSession> => {
  // the container decides whether its output is framed, whatever kind of terminal the client has
  const { Config } = await engine.call<{ Config: { Tty: boolean } }>('GET', `/containers/${containerId}/json`, { signal });
  const socket = await engine.hijack(`/containers/${containerId}/attach`, {
    query: { stream: true, logs: options.fromStart, stdin: options.stdin, stdout: true, stderr: true },
    signal,
  });
  void endWithContainer(engine, containerId, socket);
  const inspect = () => engine.call<{ State: { ExitCode: number; Running: boolean } }>('GET', `/containers/${containerId}/json`);
  const exitCode = async () => (await inspect()).State.ExitCode;
  const runs = async () => (await inspect()).State.Running;
  const target = { resize: `/containers/${containerId}/resize`, tty: Config.Tty, stdin: options.stdin, exitCode, runs };
  return session(engine, socket, target, signal);
};
