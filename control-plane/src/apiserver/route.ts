/**
 * From a path to what it names, by Kubernetes' rules. Pure; says nothing of whether it exists.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */

export interface ResourceRoute {
  readonly group: string;
  readonly version: string;
  /** '' when cluster-scoped or across all namespaces. */
  readonly namespace: string;
  readonly resource: string;
  /** '' for the collection. */
  readonly name: string;
  readonly subresource: string;
  /** What follows the subresource (proxy paths). */
  readonly rest: readonly string[];
  /** The deprecated `/watch/` prefix. */
  readonly legacyWatch: boolean;
}

const namespaceSubresources = new Set(['status', 'finalize']);

/** undefined: the path names no resource. @throws URIError for a malformed escape */
export const parseRoute = (pathname: string): ResourceRoute | undefined => {
  const parts = pathname.split('/').slice(1);
  if (parts.at(-1) === '') parts.pop();
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const head = core ? 2 : 3;
  if (parts.length <= head) return undefined;
  const group = core ? '' : decodeURIComponent(parts[1]!);
  const version = decodeURIComponent(parts[head - 1]!);
  let rest = parts.slice(head).map(decodeURIComponent);
  const legacyWatch = rest[0] === 'watch' && rest.length > 1;
  if (legacyWatch) rest = rest.slice(1);
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1]!;
    if (rest.length > 2 && !namespaceSubresources.has(rest[2]!)) rest = rest.slice(2);
  }
  const [resource = '', name = '', subresource = '', ...more] = rest;
  return { group, version, namespace, resource, name, subresource, rest: more, legacyWatch };
};
