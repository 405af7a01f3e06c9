/**
 * HTTP to pods and Services through the agents: for the `proxy` subresource, webhooks and aggregated APIs inside the cluster. The control plane needs no
 * route to the pod network. `dialPod` and `dialService` say where; what they return is used like `fetch`.
 */
import { notFound, serviceUnavailable } from '../apiserver/errors.ts';
import { toBase64Url } from '../auth/encoding.ts';
import type { Credential, StreamOpen } from '../hub/hub.ts';
import type { Platform } from '../platform/platform.ts';
import type { FrameStream } from './relay.ts';

export interface PodEndpoint {
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly port: number;
}

/** The agent itself. */
export interface NodeEndpoint {
  readonly node: string;
}

export interface DialOptions {
  /** Default http. */
  readonly scheme?: 'http' | 'https';
  /** PEM that the pod's certificate must lead to. Default: the agent machine's own. */
  readonly ca?: string;
  /** Name in the pod's certificate. */
  readonly serverName?: string;
  /** The certificate is not looked at: as upstream's proxy to `https:` pods and services. */
  readonly insecure?: boolean;
  /** What the caller proves itself with, PEM. */
  readonly client?: { readonly cert: string; readonly key: string };
  /** Sent beside those of the request, each on a line of its own: a `Request` joins values of one name. */
  readonly headers?: readonly (readonly [string, string])[];
  /** The exchange ends with it. */
  readonly credential?: Credential;
}

/** As `fetch`; only path, query, method, headers and body of the request count. @throws ApiError ServiceUnavailable when the pod cannot be reached */
export type PodFetch = (request: Request) => Promise<Response>;

type DialPlatform = Pick<Platform, 'relay' | 'random'>;

/** Meaningful between two neighbours only. */
const hopByHop = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host'],
  'expect',
]);
const withoutBody = new Set([101, 204, 205, 304]);

export const dialPod = (platform: DialPlatform, endpoint: PodEndpoint, options: DialOptions = {}): PodFetch => {
  const { node, namespace, pod, podUid, port } = endpoint;
  const params = { port: [String(port)], scheme: [options.scheme ?? 'http'] };
  const open = { kind: 'http', namespace, pod, podUid, container: '', params } as const;
  return exchange(platform, { node, open, who: `pod "${namespace}/${pod}"` }, options);
};

/** HTTP to what the agent itself serves. */
export const dialNode = (platform: DialPlatform, { node }: NodeEndpoint, options: DialOptions = {}): PodFetch => {
  const open = { kind: 'node', namespace: '', pod: '', podUid: '', container: '', params: {} } as const;
  return exchange(platform, { node, open, who: `node "${node}"` }, options);
};

interface Other {
  readonly node: string;
  readonly open: Omit<StreamOpen, 'session'>;
  /** For messages. */
  readonly who: string;
}

const exchange =
  ({ relay, random }: DialPlatform, { node, open: what, who }: Other, options: DialOptions): PodFetch =>
  async (request) => {
    const { ca, serverName, insecure, client, headers: more = [], credential } = options;
    const url = new URL(request.url);
    const session = toBase64Url(random.bytes(24));
    const open = { ...what, session };
    const stop = new AbortController();
    request.signal?.addEventListener('abort', () => stop.abort(), { once: true });
    const stream = await relay.dial(node, open, stop.signal, credential);
    const headers = [...request.headers].filter(([name]) => !hopByHop.has(name));
    const head = { method: request.method, path: url.pathname + url.search, headers: [...headers, ...more, ['host', url.host]] };
    await stream.send(
      JSON.stringify({
        ...head,
        ...(ca ? { ca } : {}),
        ...(serverName ? { serverName } : {}),
        ...(insecure ? { insecure } : {}),
        ...client,
      }),
    );
    // an answer may come before the body was taken
    void sendBody(stream, request.body).catch(() => stream.close(1001, 'the client went away'));
    const frames = stream.frames[Symbol.asyncIterator]();
    const first = await frames.next();
    if (first.done || typeof first.value !== 'string') throw serviceUnavailable(`${who} did not answer`);
    const answer = JSON.parse(first.value) as { status?: unknown; headers?: [string, string][]; error?: string; message?: string };
    if (typeof answer.status !== 'number')
      throw serviceUnavailable(`error trying to reach ${who}: ${answer.error ?? answer.message ?? 'no answer'}`);
    const returned = new Headers(answer.headers?.filter(([name]) => !hopByHop.has(name.toLowerCase())));
    if (withoutBody.has(answer.status)) {
      stream.close(1000, '');
      return new Response(null, { status: answer.status === 101 ? 502 : answer.status, headers: returned });
    }
    return new Response(bodyOf(stream, frames), { status: answer.status, headers: returned });
  };

const sendBody = async (stream: FrameStream, body: ReadableStream<Uint8Array> | null): Promise<void> => {
  if (body) {
    const reader = body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) await stream.send(part.value);
  }
  await stream.send('end');
};

const bodyOf = (stream: FrameStream, frames: AsyncIterator<Uint8Array | string>): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await frames.next();
      if (next.done) {
        const { code } = await stream.closed;
        if (code === 1000) controller.close();
        else controller.error(new Error('the connection to the pod broke'));
      } else if (typeof next.value === 'string') controller.error(new Error('the connection to the pod broke'));
      else controller.enqueue(next.value);
    },
    cancel: () => stream.close(1001, 'the client went away'),
  });

export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  /** Number or name; '' when the Service has one port only. */
  readonly port: string;
}

/** A ready endpoint of a Service, chosen at random. @throws ApiError ServiceUnavailable when there is none, NotFound */
export const endpointOf = async (
  { store, random }: Pick<Platform, 'store' | 'random'>,
  { namespace, name, port }: ServicePort,
): Promise<PodEndpoint> => {
  const stored = await store.get({ resource: 'core/services', namespace, name });
  if (!stored) throw notFound({ group: '', resource: 'services' }, name);
  const service = JSON.parse(stored.body) as { spec?: { ports?: { name?: string; port: number }[] } };
  const ports = service.spec?.ports ?? [];
  const wanted = port === '' && ports.length === 1 ? ports[0] : ports.find((one) => one.name === port || String(one.port) === port);
  if (!wanted) throw serviceUnavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  const found: PodEndpoint[] = [];
  for (const slice of await slicesOf(store, namespace, name)) {
    const target = slice.ports?.find((one) => (one.name ?? '') === (wanted.name ?? ''))?.port;
    if (target === undefined) continue;
    for (const { conditions, nodeName, targetRef } of slice.endpoints ?? []) {
      if (conditions?.ready === false || !nodeName || targetRef?.kind !== 'Pod') continue;
      found.push({ node: nodeName, namespace, pod: targetRef.name ?? '', podUid: targetRef.uid ?? '', port: target });
    }
  }
  const chosen = found[Math.floor(random.float() * found.length)];
  if (!chosen) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
};

export const dialService = async (platform: Platform, service: ServicePort, options?: DialOptions): Promise<PodFetch> =>
  dialPod(platform, await endpointOf(platform, service), options);

interface Slice {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly nodeName?: string;
    readonly targetRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  }[];
}

const slicesOf = async (store: Platform['store'], namespace: string, service: string): Promise<Slice[]> => {
  const found: Slice[] = [];
  let after: { namespace: string; name: string } | undefined;
  const labels = [{ key: 'kubernetes.io/service-name', operator: 'in', values: [service] }] as const;
  for (;;) {
    const page = await store.list({ resource: 'discovery.k8s.io/endpointslices', namespace, labels, ...(after ? { after } : {}) });
    for (const { body } of page.items) {
      const slice = JSON.parse(body) as Slice;
      if (slice.metadata.labels?.['kubernetes.io/service-name'] === service) found.push(slice);
    }
    const last = page.items.at(-1);
    if (!page.more || !last) return found;
    after = { namespace: last.namespace, name: last.name };
  }
};
