/**
 * The remote-command channel protocol of exec and attach (`v4.channel.k8s.io`, `v5.channel.k8s.io`): binary messages whose first byte names the channel.
 * v5 adds channel 255, which closes another one.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */

export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;
export const ERROR = 3;
export const RESIZE = 4;
export const CLOSE = 255;

export const channelFrame = (channel: number, data: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(data.byteLength + 1);
  frame[0] = channel;
  frame.set(data, 1);
  return frame;
};

/** The last message of a command: Success, or a Failure that carries the exit code where clients look for it. */
export const exitStatus = (exitCode: number): object =>
  exitCode === 0
    ? { metadata: {}, status: 'Success' }
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${exitCode}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
      };

/** A command that did not run. */
export const failureStatus = (message: string): object => ({
  metadata: {},
  status: 'Failure',
  message,
  reason: 'InternalError',
  details: { causes: [{ message }] },
  code: 500,
});

/** Columns and rows of a resize message; undefined when it is none. */
export const terminalSize = (data: Uint8Array): { readonly columns: number; readonly rows: number } | undefined => {
  try {
    const { Width, Height } = JSON.parse(new TextDecoder().decode(data)) as { Width?: unknown; Height?: unknown };
    if (!Number.isInteger(Width) || !Number.isInteger(Height)) return undefined;
    const [columns, rows] = [Width as number, Height as number];
    return columns > 0 && rows > 0 && columns < 65_536 && rows < 65_536 ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
};
