/** What an object uses of a counter, in its scopes too: as a function of what a write says, and in SQL of what is stored. */
import type { Derived } from './store.ts';

/** Undefined: the object does not count there. */
export const usedOf = ({ usage = {}, scopes = [] }: Pick<Derived, 'usage' | 'scopes'>, counter: string): number | undefined => {
  if (Object.hasOwn(usage, counter)) return usage[counter];
  const scope = scopes.find((name) => counter.startsWith(`${name}/`));
  const within = scope === undefined ? undefined : counter.slice(scope.length + 1);
  return within !== undefined && Object.hasOwn(usage, within) ? usage[within] : undefined;
};

/** The same of a row of `objects`, 0 where it does not count; rows of an earlier schema name each counter of a scope. `counter` is an SQL expression. */
export const usedOfRow = (table: string, counter: string): string =>
  `coalesce(${table}.usage ->> ('$."' || ${counter} || '"'),
    (SELECT ${table}.usage ->> ('$."' || substr(${counter}, length(scope.value) + 2) || '"') FROM json_each(coalesce(${table}.scopes, '[]')) scope
      WHERE substr(${counter}, 1, length(scope.value) + 1) = scope.value || '/'), 0)`;
