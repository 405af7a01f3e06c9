/** What of URLSearchParams is read here: schema/ knows no platform. */
interface Query {
  keys(): Iterable<string>;
  getAll(name: string): string[];
}

/** All values of each name of a query, as streams and logs carry them. A name is what the client chose. */
export const paramsOf = (query: Query): Record<string, string[]> =>
  Object.fromEntries([...new Set(query.keys())].map((key) => [key, query.getAll(key)]));
