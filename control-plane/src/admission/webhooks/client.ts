/**
 * Calls webhooks: at a `url`, or at a Service of the cluster through the relay, so that the control plane needs no route to the pod network. One POST of
 * JSON and one answer, in bounded time and size. What goes wrong is worded as client-go words it.
 */
import { ApiError } from '../../apiserver/errors.ts';
import { fromBase64 } from '../../auth/encoding.ts';
import type { Platform } from '../../platform/platform.ts';
import { dialPod, endpointOf, type PodEndpoint } from '../../relay/dial-pod.ts';

/** Of admission, conversion and whatever else calls out. */
export interface ClientConfig {
  readonly url?: string | undefined;
  readonly service?:
    | {
        readonly namespace?: string | undefined;
        readonly name?: string | undefined;
        readonly path?: string | undefined;
        readonly port?: number | undefined;
      }
    | undefined;
  /** base64 of PEM. */
  readonly caBundle?: string | undefined;
}

export interface CallOptions {
  readonly timeoutSeconds: number;
  /** Ends the call early. */
  readonly signal?: AbortSignal;
}

export interface WebhookClient {
  /** The parsed answer of a POST. @throws Error whose message is Kubernetes' */
  post(config: ClientConfig, body: unknown, options: CallOptions): Promise<unknown>;
}

export type ClientPlatform = Pick<Platform, 'store' | 'random' | 'clock'> & Partial<Pick<Platform, 'relay' | 'outbound' | 'tracer'>>;

/** An answer larger than this is none: objects are at most 1.5 MiB, patches are base64. */
const maxAnswerBytes = 4 * 1024 * 1024;
/** Endpoints of a Service are looked up again after this long, or when one did not answer. */
const endpointMs = 2_000;

const caOf = ({ caBundle }: ClientConfig): string | undefined => (caBundle ? new TextDecoder().decode(fromBase64(caBundle)) : undefined);

/** What Kubernetes says of an answer that is not 2xx. */
const refusalOf = (status: number, text: string): string => {
  const known: Readonly<Record<number, string>> = {
    400: 'the server rejected our request for an unknown reason',
    401: 'the server has asked for the client to provide credentials',
    403: 'unknown',
    404: 'the server could not find the requested resource',
    405: 'the server does not allow this method on the requested resource',
    413: 'the server rejected our request because it was too large',
    429: 'the server has received too many requests and has asked us to try again later',
    503: 'the server is currently unable to handle the request',
    504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
  };
  if (known[status]) return known[status];
  if (status >= 500)
    return `an error on the server (${JSON.stringify(text.slice(0, 256) || 'unknown')}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
};

const readText = async (response: Response): Promise<string> => {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > maxAnswerBytes) {
      await reader.cancel().catch(() => undefined);
      throw new Error(`the answer is larger than ${maxAnswerBytes} bytes`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message ? cause.message : error.message;
};

export const createWebhookClient = (platform: ClientPlatform): WebhookClient => {
  const endpoints = new Map<string, { readonly endpoint: PodEndpoint; readonly untilMs: number }>();

  const endpointFor = async (namespace: string, name: string, port: string): Promise<PodEndpoint> => {
    const key = `${namespace}/${name}/${port}`;
    const nowMs = platform.clock.now();
    const known = endpoints.get(key);
    if (known && nowMs < known.untilMs) return known.endpoint;
    const endpoint = await endpointOf(platform, { namespace, name, port }).catch((error: unknown) => {
      if (error instanceof ApiError && error.reason === 'NotFound') throw new Error(`service "${name}" not found`);
      throw error;
    });
    endpoints.set(key, { endpoint, untilMs: nowMs + endpointMs });
    return endpoint;
  };

  const send = async (config: ClientConfig, request: Request): Promise<Response> => {
    const ca = caOf(config);
    const { service } = config;
    if (!service) {
      if (!platform.outbound) throw new Error('this part of the control plane makes no calls to the outside');
      return platform.outbound(request, ca === undefined ? {} : { ca });
    }
    if (!platform.relay) throw new Error('this part of the control plane has no way to the pod network');
    const { namespace = '', name = '', port = 443 } = service;
    try {
      const endpoint = await endpointFor(namespace, name, String(port));
      const options = { scheme: 'https', serverName: `${name}.${namespace}.svc`, ...(ca === undefined ? {} : { ca }) } as const;
      return await dialPod({ relay: platform.relay, random: platform.random }, endpoint, options)(request);
    } catch (error) {
      endpoints.delete(`${namespace}/${name}/${port}`);
      throw error;
    }
  };

  return {
    post: async (config, body, { timeoutSeconds, signal }) => {
      const { service } = config;
      const address = new URL(
        service ? `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${service.path ?? '/'}` : (config.url ?? ''),
      );
      address.searchParams.set('timeout', `${timeoutSeconds}s`);
      // the default port is left out of what a URL says, and Kubernetes names it
      const said = service ? address.href.replace(address.host, `${address.hostname}:${service.port ?? 443}`) : address.href;
      const stop = new AbortController();
      const end = (): void => stop.abort();
      const late = Promise.withResolvers<never>();
      late.promise.catch(() => undefined);
      const timer = setTimeout(() => {
        late.reject(new Error('context deadline exceeded'));
        end();
      }, timeoutSeconds * 1000);
      const cancelled = (): void => {
        late.reject(new Error('context canceled'));
        end();
      };
      signal?.addEventListener('abort', cancelled, { once: true });
      const traced = platform.tracer?.begin('webhook');
      try {
        const request = new Request(address, {
          method: 'POST',
          headers: {
            ...{ 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'kube-apiserver-admission' },
            ...platform.tracer?.headers(),
          },
          body: JSON.stringify(body),
          redirect: 'manual',
          signal: stop.signal,
        });
        const work = (async () => {
          const response = await send(config, request);
          return { status: response.status, text: await readText(response) };
        })();
        work.catch(() => undefined);
        const { status, text } = await Promise.race([work, late.promise]).catch((error: unknown) => {
          throw new Error(`Post ${JSON.stringify(said)}: ${reasonOf(error)}`);
        });
        if (status < 200 || status > 299) throw new Error(refusalOf(status, text));
        return parsed(text);
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancelled);
        traced?.({ 'server.address': address.host });
        end();
      }
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`couldn't decode the answer: ${(error as Error).message}`);
  }
};
