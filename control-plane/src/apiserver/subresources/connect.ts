/** Streams and proxies as webhooks and policies see them: operation CONNECT, and the options of the stream as the object. */
import type { KubeObject } from '#schema/resource.ts';
import type { Call, Handler } from '../call.ts';
import { declaredSubresource } from './body.ts';

const flag = (query: URLSearchParams, name: string): Record<string, boolean> =>
  ['true', '1'].includes(query.get(name) ?? '') ? { [name]: true } : {};

const streams = (query: URLSearchParams): Record<string, unknown> => ({
  ...['stdin', 'stdout', 'stderr', 'tty'].reduce((all, name) => Object.assign(all, flag(query, name)), {}),
  ...(query.get('container') ? { container: query.get('container') } : {}),
});

const optionsOf: Readonly<Record<string, (call: Call) => Record<string, unknown>>> = {
  exec: ({ query }) => ({ ...streams(query), command: query.getAll('command') }),
  attach: ({ query }) => streams(query),
  portforward: ({ query }) => {
    const ports = query.getAll('ports').flatMap((text) => text.split(',').map(Number));
    return ports.length > 0 ? { ports } : {};
  },
  proxy: ({ url }) => {
    const path = url.pathname.slice(url.pathname.indexOf('/proxy') + '/proxy'.length);
    return path ? { path } : {};
  },
};

/** The handler, after admission has let it. */
export const connecting = (subresource: string, handler: Handler): Handler => {
  const options = optionsOf[subresource];
  if (!options) return handler;
  return async (call) => {
    const { target, actor, server, heard } = call;
    const { definition, namespace, name, groupVersion, group, version } = target;
    const { kind } = declaredSubresource(call);
    const object = { kind, apiVersion: groupVersion, ...options(call) } as unknown as KubeObject;
    const common = { definition, namespace, name, subresource, actor, apiVersion: groupVersion, sentKind: { group, version, kind } };
    await server.registry.review({ ...common, operation: 'connect', object, dryRun: false, options: {} }, heard);
    return handler(call);
  };
};
