/** A statement under construction: `use` binds a value and gives its placeholder. Equal values of different meaning stay apart, so texts repeat and can be cached. */
import type { SqlValue, Statement } from './driver.ts';

export class SqlText {
  readonly #args: SqlValue[] = [];

  use(value: SqlValue): string {
    this.#args.push(value);
    return `?${this.#args.length}`;
  }

  /** @example text.as('SELECT ...') after every `use` */
  as(sql: string): Statement {
    return { sql, args: this.#args };
  }
}

/** Placeholders of a key, for comparing any table that has its three columns. */
export interface KeyPlaceholders {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

export function useKey(text: SqlText, key: KeyPlaceholders): KeyPlaceholders {
  return { resource: text.use(key.resource), namespace: text.use(key.namespace), name: text.use(key.name) };
}

export function isKey(table: string, at: KeyPlaceholders): string {
  return `${table}.resource = ${at.resource} AND ${table}.namespace = ${at.namespace} AND ${table}.name = ${at.name}`;
}
