/**
 * pods/NAME/proxy, services/NAME/proxy and nodes/NAME/proxy: an HTTP request passed on to a pod through its node's agent, or to that agent. The name may
 * carry scheme and port: `https:web:8443`, `web:http`, `web`.
 */
import { parseBody } from '../../registry/body.ts';
import { dialNode, dialPod, endpointOf, type PodFetch } from '../../relay/dial-pod.ts';
import { type Call, credentialOf, type Handler } from '../call.ts';
import { badRequest } from '../errors.ts';
import { nodeOfPod } from './pod-container.ts';

interface Named {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** '' when not given. */
  readonly port: string;
}

/** @throws ApiError BadRequest */
export const parseProxyName = (text: string): Named => {
  const parts = text.split(':');
  const scheme = parts.length === 3 ? parts.shift() || 'http' : 'http';
  const [name = '', port = ''] = parts;
  if (parts.length > 2 || name === '' || (scheme !== 'http' && scheme !== 'https'))
    throw badRequest(`invalid proxy request ${JSON.stringify(text)}`);
  return { scheme, name, port };
};

/** What follows `/proxy` in the path, escapes as they came. */
const restOf = ({ url }: Call): string => {
  const at = url.pathname.split('/').findIndex((part, i) => part === 'proxy' && i > 4);
  return `/${url.pathname
    .split('/')
    .slice(at + 1)
    .join('/')}`;
};

const podOf = async (call: Call, { name, port }: Named) => {
  const { target, server } = call;
  const stored = await server.registry.get(target.definition, target.namespace, name);
  const pod = parseBody(stored.body, stored.revision);
  type Port = { name?: string; containerPort: number };
  const ports: Port[] = (pod.spec?.containers ?? []).flatMap((container: { ports?: Port[] }) => container.ports ?? []);
  const chosen = port === '' ? (ports[0]?.containerPort ?? 80) : (ports.find((one) => one.name === port)?.containerPort ?? Number(port));
  if (!Number.isInteger(chosen) || chosen < 1 || chosen > 65_535) throw badRequest(`invalid port ${JSON.stringify(port)} of pod ${name}`);
  return { node: nodeOfPod(pod), namespace: target.namespace, pod: name, podUid: stored.uid, port: chosen };
};

/** Of what the agent serves; other ports of a node lead nowhere. */
const KUBELET_PORTS = new Set(['', '10250']);

/** @throws ApiError NotFound, BadRequest */
const nodeOf = async ({ target, server }: Call, { name, port }: Named): Promise<{ readonly node: string }> => {
  await server.registry.get(target.definition, '', name);
  if (!KUBELET_PORTS.has(port)) throw badRequest(`port ${port} of node ${JSON.stringify(name)} cannot be reached through its agent`);
  return { node: name };
};

const wayTo = async (call: Call, named: Named): Promise<PodFetch> => {
  const { target, server } = call;
  const options = { scheme: named.scheme, insecure: true, credential: credentialOf(call) };
  if (target.resource === 'nodes') return dialNode(server.platform, await nodeOf(call, named), options);
  const { name, port } = named;
  const endpoint =
    target.resource === 'services'
      ? await endpointOf(server.platform, { namespace: target.namespace, name, port })
      : await podOf(call, named);
  return dialPod(server.platform, endpoint, options);
};

export const proxy: Handler = async (call) => {
  const { target, request, url } = call;
  const named = parseProxyName(target.name);
  const fetch = await wayTo(call, named);
  const headers = new Headers(request.headers);
  // the API's credential, and whom it stands for, is no business of the pod
  for (const name of [...headers.keys()]) if (name === 'authorization' || name.startsWith('impersonate-')) headers.delete(name);
  headers.set('x-forwarded-uri', url.pathname);
  const init = { method: request.method, headers, body: request.body, signal: request.signal, duplex: 'half' } as RequestInit;
  const passedOn = new Request(`http://${named.name}${restOf(call)}${url.search}`, init);
  return fetch(passedOn);
};
