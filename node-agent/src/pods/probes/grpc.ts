/**
 * The gRPC health check over plain HTTP/2: one small message each way, so no gRPC library is needed.
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
import { connect } from 'node:http2';
import type { ProbeOutcome } from './run-probe.ts';

const SERVING = 1;
const names = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** HealthCheckRequest { string service = 1 } behind gRPC's five bytes of frame. */
export const healthRequest = (service: string): Buffer => {
  const text = Buffer.from(service);
  if (text.length > 127) throw new Error('service name is too long for a health check');
  const message = text.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, text.length]), text]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** HealthCheckResponse { ServingStatus status = 1 }; an absent field is UNKNOWN. */
export const healthStatus = (frame: Buffer): number => (frame.length >= 7 && frame[5] === 0x08 ? frame[6]! : 0);

export const checkGrpcHealth = (host: string, port: number, service: string, signal: AbortSignal): Promise<ProbeOutcome> => {
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome>();
  const session = connect(`http://${host}:${port}`);
  const settle = (outcome: ProbeOutcome) => {
    session.destroy();
    resolve(outcome);
  };
  const fail = (error: Error) => settle({ success: false, message: `failed to connect service "${host}:${port}": ${error.message}` });
  session.on('error', fail);
  signal.addEventListener('abort', () => fail(new Error('context deadline exceeded')), { once: true });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'kube-probe/1.35',
  });
  const chunks: Buffer[] = [];
  let code: string | undefined;
  const note = (headers: Record<string, unknown>) => {
    if (headers['grpc-status'] !== undefined) code = String(headers['grpc-status']);
  };
  stream.on('response', note);
  stream.on('trailers', note);
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', fail);
  stream.on('end', () => {
    const status = healthStatus(Buffer.concat(chunks));
    if (code !== '0') settle({ success: false, message: `health rpc probe failed with status code ${code ?? 'none'}` });
    else if (status === SERVING) settle({ success: true, message: '' });
    else settle({ success: false, message: `service unhealthy (responded with "${names[status] ?? status}")` });
  });
  stream.end(healthRequest(service));
  return promise;
};
