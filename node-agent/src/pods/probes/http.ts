/** One HTTP request of a probe or a lifecycle hook. Any certificate is taken, redirects are not followed, as upstream does for other hosts. */
import http from 'node:http';
import https from 'node:https';
import type { Container } from '#schema/core/pod.ts';

export interface HttpAction {
  readonly path?: string;
  readonly port: number | string;
  readonly host?: string;
  readonly scheme?: string;
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
}

/** A port by number or by its name in the container. undefined: no such name. */
export const portOf = (container: Container, port: number | string): number | undefined => {
  if (typeof port === 'number') return port;
  const named = container.ports?.find((one) => one.name === port)?.containerPort;
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
};

export const httpGet = async (
  action: HttpAction,
  options: { readonly container: Container; readonly podIP: string; readonly signal: AbortSignal; readonly userAgent: string },
): Promise<{ status: number; body: string }> => {
  const port = portOf(options.container, action.port);
  if (port === undefined) throw new Error(`couldn't find port: ${action.port}`);
  const secure = action.scheme === 'HTTPS';
  const headers: Record<string, string> = { 'User-Agent': options.userAgent, Accept: '*/*', Connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const request = (secure ? https : http).request(
    {
      host: action.host || options.podIP,
      port,
      path: action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`,
      headers,
      signal: options.signal,
      agent: false,
      ...(secure ? { rejectUnauthorized: false } : {}),
    },
    (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (body.length < 10_240) body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    },
  );
  request.on('error', reject);
  request.end();
  return promise;
};
