/** Paths below /apis/kedge.dev/v1/: what they name. Pure; README.md beside this file lists them. */

export const prefix = '/apis/kedge.dev/v1/';

const own = new Set(['history', 'retention', 'backup']);

export const isHistoryPath = (path: string): boolean => path.startsWith(prefix) && own.has(path.slice(prefix.length).split('/')[0]!);

export interface HistoryPath {
  /** '' for core. */
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  /** '' for a list. */
  readonly name: string;
  /** '', `versions`, `diff`, `as-of`, `undelete`. */
  readonly action: string;
  /** Behind `versions`. */
  readonly revision: string;
}

export type Place =
  | { readonly kind: 'retention' }
  | { readonly kind: 'backup' }
  /** Everything in a namespace. */
  | { readonly kind: 'namespace'; readonly namespace: string }
  | ({ readonly kind: 'object' } & HistoryPath)
  | ({ readonly kind: 'list' } & HistoryPath);

/** undefined: no such path. @throws URIError for a malformed escape */
export const parsePath = (pathname: string): Place | undefined => {
  if (!pathname.startsWith(prefix)) return undefined;
  const parts = pathname.slice(prefix.length).split('/').map(decodeURIComponent);
  if (parts.at(-1) === '') parts.pop();
  if (parts.includes('')) return undefined;
  const [first, ...rest] = parts;
  if (first === 'retention') return rest.length === 0 ? { kind: 'retention' } : undefined;
  if (first === 'backup') return rest.length === 0 ? { kind: 'backup' } : undefined;
  if (first !== 'history' || rest.length < 2) return undefined;
  if (rest[0] === 'namespaces') return rest.length === 2 ? { kind: 'namespace', namespace: rest[1]! } : undefined;
  const [group, resource, ...below] = rest as [string, string, ...string[]];
  const inNamespace = below[0] === 'namespaces' && below.length > 1;
  const [name = '', action = '', revision = '', ...more] = inNamespace ? below.slice(2) : below;
  if (more.length > 0 || (revision !== '') !== (action === 'versions')) return undefined;
  const path = { group: group === 'core' ? '' : group, resource, namespace: inNamespace ? below[1]! : '', name, action, revision };
  return { kind: name === '' ? 'list' : 'object', ...path };
};
