/**
 * The gRPC health check over plain HTTP/2: one small message each way, so no gRPC library is needed.
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
import { STATUS_CODES } from 'node:http';
import { connect } from 'node:http2';
import type { ProbeOutcome } from './run-probe.ts';

const SERVING = 1;
const names = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** Status codes of gRPC, by number. */
const codes =
  'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated'.split(
    ' ',
  );
const OK = 0;
const UNKNOWN = 2;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;
/** What a reply without a status of its own means. */
const codeOfHttp: Readonly<Record<number, number>> = {
  400: INTERNAL,
  401: 16,
  403: 7,
  404: UNIMPLEMENTED,
  429: UNAVAILABLE,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
};

const failedCall = (code: number, message: string): string =>
  code === UNIMPLEMENTED
    ? `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`
    : `error: health rpc probe failed: rpc error: code = ${codes[code] ?? `Code(${code})`} desc = ${message}`;

/** As Go prints a duration. */
const goSeconds = (seconds: number): string => {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours > 0 ? `${hours}h` : ''}${seconds >= 60 ? `${minutes}m` : ''}${seconds % 60}s`;
};

/** A status message escapes what a header cannot carry. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** HealthCheckRequest { string service = 1 } behind gRPC's five bytes of frame. */
export const healthRequest = (service: string): Buffer => {
  const text = Buffer.from(service);
  const size = text.length < 128 ? [text.length] : [(text.length & 0x7f) | 0x80, text.length >> 7];
  const message = text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a, ...size]), text]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** HealthCheckResponse { ServingStatus status = 1 }; an absent field is UNKNOWN. */
export const healthStatus = (frame: Buffer): number => (frame.length >= 7 && frame[5] === 0x08 ? frame[6]! : 0);

export interface GrpcTarget {
  readonly host: string;
  readonly port: number;
  /** May be empty: the server as a whole. */
  readonly service: string;
  /** What `signal` keeps to; said in the message of a time-out. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** Never rejects. A failure has the kubelet's words, and none of the library that speaks HTTP/2 here. */
export const checkGrpcHealth = ({ host, port, service, timeoutSeconds, signal }: GrpcTarget): Promise<ProbeOutcome> => {
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome>();
  const within = goSeconds(timeoutSeconds);
  let isConnected = false;
  const session = connect(`http://${host}:${port}`);
  const settle = (message: string) => {
    session.destroy();
    resolve({ success: message === '', message });
  };
  /** Before the server has spoken HTTP/2 the kubelet tries to connect until its time is over. */
  const fail = (connected: string) =>
    settle(isConnected ? connected : `timeout: failed to connect service "${host}:${port}" within ${within}: context deadline exceeded`);
  const broken = () => fail(failedCall(UNAVAILABLE, 'error reading from server: EOF'));
  session.on('remoteSettings', () => {
    isConnected = true;
  });
  session.on('error', broken);
  signal.addEventListener('abort', () => fail(`timeout: health rpc did not complete within ${within}`), { once: true });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'kube-probe/1.35',
  });
  const chunks: Buffer[] = [];
  let httpStatus = 200;
  let status: { readonly code: number; readonly message: string } | undefined;
  const note = (headers: Record<string, unknown>) => {
    if (headers[':status'] !== undefined) httpStatus = Number(headers[':status']);
    if (headers['grpc-status'] !== undefined)
      status = { code: Number(headers['grpc-status']), message: unescaped(String(headers['grpc-message'] ?? '')) };
  };
  stream.on('response', note);
  stream.on('trailers', note);
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', broken);
  stream.on('close', broken);
  stream.on('end', () => {
    const served = healthStatus(Buffer.concat(chunks));
    // an abrupt end has neither headers nor trailers
    if (stream.rstCode !== 0) broken();
    else if (status && status.code !== OK) settle(failedCall(status.code, status.message));
    else if (!status && httpStatus !== 200)
      settle(
        failedCall(
          codeOfHttp[httpStatus] ?? UNKNOWN,
          `unexpected HTTP status code received from server: ${httpStatus} (${STATUS_CODES[httpStatus] ?? ''})`,
        ),
      );
    else if (!status) settle(failedCall(INTERNAL, 'server closed the stream without sending trailers'));
    else settle(served === SERVING ? '' : `service unhealthy (responded with "${names[served] ?? served}")`);
  });
  stream.end(healthRequest(service));
  return promise;
};
