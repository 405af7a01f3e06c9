/**
 * Requests on their way to an aggregated API: to a pod of its Service through the relay, with who asks in the headers of a front proxy. Authorization was
 * the API server's; the API behind may judge again.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
 */
import { ApiError, serviceUnavailable } from '../apiserver/errors.ts';
import { fromBase64 } from '../auth/encoding.ts';
import type { Credential } from '../hub/hub.ts';
import type { Platform } from '../platform/platform.ts';
import type { UserInfo } from '../registry/registry.ts';
import { dialPod, endpointOf } from '../relay/dial-pod.ts';
import type { Aggregated } from './api-services.ts';
import type { FrontProxy } from './front-proxy.ts';

export interface AggregatePlatform extends Pick<Platform, 'store' | 'random' | 'relay'>, Partial<Pick<Platform, 'tracer'>> {
  /** Absent: requests carry no certificate. */
  readonly frontProxy?: FrontProxy;
}

export const userHeader = 'x-remote-user';
export const groupHeader = 'x-remote-group';
export const extraPrefix = 'x-remote-extra-';

/** What a client sent must not pass for what the front proxy says. */
const isForeign = (name: string): boolean =>
  name === 'authorization' || name.startsWith('impersonate-') || name.startsWith('x-remote-') || name === 'x-forwarded-for';

/** Whatever is no token of a header name is escaped with %. */
const headerName = (key: string): string => key.toLowerCase().replace(/[^a-z0-9!#$&'*+.^_`|~-]/g, (char) => encodeURIComponent(char));

/** One line for each value: whoever reads them does not split. */
export const frontProxyLines = ({ name, uid, groups, extra }: UserInfo): [string, string][] => [
  [userHeader, name],
  ...(uid ? [['x-remote-uid', uid] as [string, string]] : []),
  ...groups.map((group): [string, string] => [groupHeader, group]),
  ...Object.entries(extra ?? {}).flatMap(([key, values]) =>
    values.map((value): [string, string] => [`${extraPrefix}${headerName(key)}`, value]),
  ),
];

const withoutForeign = (sent: Headers): Headers => {
  const headers = new Headers();
  for (const [key, value] of sent) if (!isForeign(key)) headers.append(key, value);
  return headers;
};

export interface Passed {
  readonly user: UserInfo;
  readonly credential?: Credential;
}

/** `request` counts by method, path, query, headers and body. @throws ApiError ServiceUnavailable */
export const passTo = async (
  platform: AggregatePlatform,
  { service, insecure, caBundle }: Aggregated,
  request: Request,
  { user, credential }: Passed,
): Promise<Response> => {
  const { namespace, name, port } = service;
  const serverName = `${name}.${namespace}.svc`;
  try {
    const endpoint = await endpointOf(platform, { namespace, name, port: String(port) });
    const url = new URL(request.url);
    const headers = withoutForeign(request.headers);
    for (const [key, value] of Object.entries(platform.tracer?.headers() ?? {})) headers.set(key, value);
    const init = {
      method: request.method,
      headers,
      body: request.body,
      signal: request.signal,
      duplex: 'half',
    } as RequestInit;
    const passed = new Request(`https://${serverName}${url.pathname}${url.search}`, init);
    const ca = caBundle ? { ca: new TextDecoder().decode(fromBase64(caBundle)) } : {};
    const client = platform.frontProxy ? { client: await platform.frontProxy() } : {};
    const options = {
      scheme: 'https',
      serverName,
      insecure,
      headers: frontProxyLines(user),
      ...client,
      ...ca,
      ...(credential ? { credential } : {}),
    } as const;
    return await dialPod(platform, endpoint, options)(passed);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw serviceUnavailable(`error trying to reach service: ${error.message}`);
  }
};

/** A GET of the control plane's own. @throws ApiError ServiceUnavailable, Timeout */
export const askAggregated = async (
  platform: AggregatePlatform,
  service: Aggregated,
  path: string,
  options: { readonly user: UserInfo; readonly timeoutMs: number; readonly accept?: string },
): Promise<{ readonly status: number; readonly text: string }> => {
  const { user, timeoutMs, accept = 'application/json' } = options;
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(serviceUnavailable('error trying to reach service: context deadline exceeded'));
      stop.abort();
    }, timeoutMs);
  });
  const work = (async () => {
    const request = new Request(`https://aggregated${path}`, { headers: { accept }, signal: stop.signal });
    const response = await passTo(platform, service, request, { user });
    return { status: response.status, text: await response.text() };
  })();
  work.catch(() => undefined);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};
