/**
 * Exec and attach over the channel protocol: the client's frames become stdin, resizes and closes; output and the exit Status go back. A client that
 * leaves ends the session, and so does a container that takes nothing of its input for a minute; the Status always goes before the close.
 */
import type { Clock } from '../context.ts';
import type { ExecSession } from '../runtime/runtime.ts';
import { CLOSE, channelFrame, ERROR, exitStatus, failureStatus, RESIZE, STDERR, STDIN, STDOUT, terminalSize } from './channels.ts';
import type { StreamSocket } from './stream-socket.ts';

export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

const STALL_MS = 60_000;
const encoder = new TextEncoder();

const sendStatus = async (socket: StreamSocket, status: object): Promise<void> => {
  await socket.send(channelFrame(ERROR, encoder.encode(JSON.stringify(status))));
  socket.close(1000, '');
};

/** Tells the client why its command did not run. */
export const refuseCommand = async (socket: StreamSocket, message: string): Promise<void> => {
  await sendStatus(socket, failureStatus(message)).catch(() => undefined);
};

/** Resolves when the stream is over. Never throws. */
export const serveCommand = async (socket: StreamSocket, session: ExecSession, streams: CommandStreams, clock: Clock): Promise<void> => {
  let done = false;
  let broken: Error | undefined;
  void socket.closed.then(() => {
    if (!done) session.abort();
  });
  // ends with the socket; nobody waits for a client that has nothing more to say
  void readInput(socket, session, streams, clock).catch((error) => {
    broken = error as Error;
    session.abort();
  });
  try {
    for await (const { stream, data } of session.output) {
      const wanted = stream === 'stdout' ? streams.stdout : streams.stderr;
      if (wanted && data.byteLength > 0) await socket.send(channelFrame(stream === 'stdout' ? STDOUT : STDERR, data));
    }
    if (broken) throw broken;
    const exitCode = await session.wait();
    done = true;
    await sendStatus(socket, exitStatus(exitCode));
  } catch (error) {
    done = true;
    session.abort();
    await refuseCommand(socket, `the command's streams broke: ${(broken ?? (error as Error)).message}`);
  }
};

/** @throws Error when it waits too long */
const taken = async (writing: Promise<void>, clock: Clock): Promise<void> => {
  const over = new AbortController();
  const late = clock.sleep(STALL_MS, over.signal).then(() => !over.signal.aborted);
  const stalled = await Promise.race([writing.then(() => false), late]).finally(() => over.abort());
  if (stalled) throw new Error(`the container took nothing of its standard input for ${STALL_MS / 1000} s`);
};

const readInput = async (socket: StreamSocket, session: ExecSession, { stdin, tty }: CommandStreams, clock: Clock): Promise<void> => {
  let open = stdin;
  for await (const frame of socket.frames) {
    // text frames are no part of the protocol
    if (typeof frame === 'string' || frame.byteLength === 0) continue;
    const data = frame.subarray(1);
    switch (frame[0]) {
      case STDIN:
        if (open && data.byteLength > 0) await taken(session.stdin.write(data), clock);
        break;
      case RESIZE: {
        const size = tty ? terminalSize(data) : undefined;
        if (size) await session.resize(size.columns, size.rows).catch(() => undefined);
        break;
      }
      case CLOSE:
        if (data[0] !== STDIN || !open) break;
        open = false;
        session.stdin.end();
        break;
      default:
        break;
    }
  }
};
