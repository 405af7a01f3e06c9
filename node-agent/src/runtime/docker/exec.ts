/** Exec and attach: a hijacked connection as an ExecSession. */
import type { Duplex } from 'node:stream';
import type { AttachOptions, ExecOptions, ExecSession } from '../runtime.ts';
import type { Engine } from './engine.ts';
import { readFrames } from './frames.ts';

interface Target {
  /** Path of resize: `/exec/ID/resize` or `/containers/ID/resize`. */
  readonly resize: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  exitCode(): Promise<number>;
}

const session = (engine: Engine, socket: Duplex, target: Target, signal: AbortSignal): ExecSession => {
  const ended = Promise.withResolvers<void>();
  const abort = () => socket.destroy();
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
    output: output(),
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
  const exitCode = async () => (await engine.call<{ ExitCode: number | null }>('GET', `/exec/${id}/json`)).ExitCode ?? 0;
  return session(engine, socket, { resize: `/exec/${id}/resize`, tty: options.tty, stdin: options.stdin, exitCode }, signal);
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
  const exitCode = async () =>
    (await engine.call<{ State: { ExitCode: number } }>('GET', `/containers/${containerId}/json`)).State.ExitCode;
  return session(engine, socket, { resize: `/containers/${containerId}/resize`, tty: Config.Tty, stdin: options.stdin, exitCode }, signal);
};
