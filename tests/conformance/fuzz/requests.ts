/** Request number N of a seed: a valid one of route N modulo the routes, spoiled in at least one way. */
import { type Chance, chanceOf } from './chance.ts';
import { anyBytes, anyHeaders, anyMember, anyPath, anyQuery, anyText } from './mutate.ts';
import { routes } from './routes.ts';
import type { Route, ValidRequest } from './valid.ts';

export interface SpoiledRequest {
  readonly route: Route;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

const encoder = new TextEncoder();

const bodyOf = (chance: Chance, { value, encode }: NonNullable<ValidRequest['body']>): string | Uint8Array => {
  const how = chance.float();
  if (how < 0.65) {
    try {
      return encode(anyMember(chance, value));
    } catch {
      // protobuf holds no value of another type: then it is its bytes that are wrong
    }
  }
  const encoded = encode(value);
  if (typeof encoded !== 'string') return anyBytes(chance, encoded);
  return how < 0.9 ? anyText(chance, encoded) : anyBytes(chance, encoder.encode(encoded));
};

/** Signs that no HTTP client would send are escaped or left out. */
const sendable = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')]));

export const requestAt = (seed: number, number: number): SpoiledRequest => {
  const route = routes[number % routes.length]!;
  const chance = chanceOf(seed * 1_000_003 + number);
  const valid = route.valid(chance);
  // with a body, mostly that; at least one of all
  const which = valid.body
    ? chance.of(['body', 'body', 'body', 'query', 'path', 'headers', 'all'])
    : chance.of(['query', 'query', 'path', 'headers', 'all']);
  const spoils = (part: string): boolean => which === part || which === 'all';
  const query = new URLSearchParams(spoils('query') ? anyQuery(chance, valid.query) : valid.query).toString();
  const path = spoils('path') ? anyPath(chance, valid.path) : valid.path;
  return {
    route,
    method: valid.method,
    path: query ? `${path}?${query}` : path,
    headers: sendable(spoils('headers') ? anyHeaders(chance, valid.headers) : valid.headers),
    body: valid.body && (spoils('body') ? bodyOf(chance, valid.body) : valid.body.encode(valid.body.value)),
  };
};
