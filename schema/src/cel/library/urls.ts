/** Kubernetes' URLs, parsed as Go parses the URI of a request: absolute, or a path from the root; no fragment. */
import { decodeUtf8, encodeUtf8 } from '../../dsl/utf8.ts';
import { type Budget, CelError } from '../errors.ts';
import type { Library } from '../overloads.ts';
import { MadeMap, type Opaque, type Value } from '../values.ts';

const K = 'kubernetes.URL';
const MAX_URL = 100_000;

class Url implements Opaque {
  readonly opaque = K;
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  constructor(text: string, { scheme, host, path, query }: { scheme: string; host: string; path: string; query: string }) {
    this.text = text;
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }
  key(): string {
    return this.text;
  }
}

/** Bytes of `%41` and the like as text; undefined for an escape that is none. */
const unescaped = (text: string, plusIsSpace = false): string | undefined => {
  const plain = plusIsSpace ? text.replaceAll('+', ' ') : text;
  if (!plain.includes('%')) return plain;
  if (/%(?![0-9a-fA-F]{2})/.test(plain)) return undefined;
  return plain.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    decodeUtf8(Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))),
  );
};

const hostForm = /^(?:\[[0-9a-fA-F:.]+(?:%25[^\][]+)?\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=\u0080-\uffff]|%[0-9a-fA-F]{2})*)(?::[0-9]*)?$/;
const userForm = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is sought
const hasControl = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);

const parse = (text: string): Url | undefined => {
  if (text === '' || text.length > MAX_URL || hasControl(text)) return undefined;
  const [, scheme = '', rest = ''] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(.*)$/.exec(text) ?? [];
  if (scheme === '' && !rest.startsWith('/')) return undefined;
  const mark = rest.indexOf('?');
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  let path = mark < 0 ? rest : rest.slice(0, mark);
  let host = '';
  if (!path.startsWith('/')) return new Url(text, { scheme: scheme.toLowerCase(), host, path: '', query });
  if (scheme !== '' && path.startsWith('//')) {
    const slash = path.indexOf('/', 2);
    const authority = path.slice(2, slash < 0 ? undefined : slash);
    path = slash < 0 ? '' : path.slice(slash);
    const at = authority.lastIndexOf('@');
    host = authority.slice(at + 1);
    if (!hostForm.test(host) || (at >= 0 && !userForm.test(authority.slice(0, at)))) return undefined;
  }
  return unescaped(path) === undefined ? undefined : new Url(text, { scheme: scheme.toLowerCase(), host, path, query });
};

const urlOf = (text: string): Url => {
  const found = parse(text);
  if (!found) throw new CelError(`URL parse error during conversion from string: parse "${text.slice(0, 200)}": invalid URI for request`);
  return found;
};

const hostname = (host: string): string => {
  const name = host.replace(/:[0-9]*$/, '');
  return name.startsWith('[') ? name.slice(1, -1) : name;
};

/** As Go escapes a path that was written with characters a path has not. */
const escapedPath = (path: string): string =>
  [...path].map((char) => (/[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]/.test(char) ? char : [...encodeUtf8(char)].map(hex).join(''))).join('');
const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

const queryOf = (query: string, budget: Budget): MadeMap => {
  const entries = new Map<string, readonly [Value, Value[]]>();
  for (const pair of query === '' ? [] : query.split('&')) {
    budget.spend(1);
    if (pair === '' || pair.includes(';')) continue;
    const [name = '', ...value] = pair.split('=');
    const key = unescaped(name, true);
    const held = unescaped(value.join('='), true);
    if (key === undefined || held === undefined) continue;
    const before = entries.get(`s${key}`);
    if (before) before[1].push(held);
    else entries.set(`s${key}`, [key, [held]]);
  }
  return new MadeMap(entries);
};

export const urls: Library = {
  [`url(string): ${K}`]: ([text], { budget }) => {
    budget.text(text.length);
    return urlOf(text);
  },
  'isURL(string): bool': ([text], { budget }) => {
    budget.text(text.length);
    return parse(text) !== undefined;
  },
  [`${K}.getScheme(): string`]: ([url]) => url.scheme,
  [`${K}.getHost(): string`]: ([url]) => url.host,
  [`${K}.getHostname(): string`]: ([url]) => hostname(url.host),
  [`${K}.getPort(): string`]: ([url]) => /:([0-9]*)$/.exec(url.host)?.[1] ?? '',
  [`${K}.getEscapedPath(): string`]: ([url], { budget }) => {
    budget.text(url.path.length);
    return escapedPath(url.path);
  },
  [`${K}.getQuery(): map<string, list<string>>`]: ([url], { budget }) => {
    budget.text(url.query.length);
    return queryOf(url.query, budget);
  },
};
