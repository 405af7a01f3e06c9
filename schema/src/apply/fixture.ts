/** An object and its managers in tests: applies and updates one after another, as a server would. */
import { cloneJson, type JsonObject } from '../dsl/own.ts';
import { type Applied, applyConfiguration } from './apply.ts';
import { formatConflicts } from './conflict.ts';
import { emptySet, type FieldSet, setOfPaths } from './field-set.ts';
import type { ManagedEntry, Owner } from './managed-fields.ts';
import { trackUpdate } from './track.ts';
import type { TypeSchema } from './type-schema.ts';
import type { VersionOf } from './version-view.ts';

const keep = (object: JsonObject): JsonObject => object;

export class Fixture {
  live: JsonObject = {};
  entries: readonly ManagedEntry[] = [];
  /** Seconds; stands in every entry's time. */
  now = 0;
  readonly #versionOf: VersionOf;

  constructor(types: TypeSchema | VersionOf) {
    this.#versionOf = typeof types === 'function' ? types : () => ({ type: types, fromRequest: keep, toRequest: keep });
  }

  apply(
    manager: string,
    config: JsonObject,
    options: { readonly force?: boolean; readonly apiVersion?: string; readonly ignored?: FieldSet } = {},
  ): this {
    const applied: Applied = applyConfiguration({
      live: this.live,
      config: cloneJson(config),
      entries: this.entries,
      owner: { manager, apiVersion: options.apiVersion ?? 'v1' },
      force: options.force ?? false,
      now: this.#time(),
      ignored: options.ignored ?? emptySet,
      versionOf: this.#versionOf,
      complete: keep,
    });
    if ('conflicts' in applied) throw new Error(formatConflicts(applied.conflicts));
    this.live = applied.object;
    this.entries = applied.entries;
    return this;
  }

  update(manager: string, object: JsonObject, options: { readonly apiVersion?: string; readonly ignored?: FieldSet } = {}): this {
    const after = cloneJson(object);
    const owner: Omit<Owner, 'operation'> = { manager, apiVersion: options.apiVersion ?? 'v1' };
    this.entries = trackUpdate({
      before: this.live,
      after,
      entries: this.entries,
      owner,
      now: this.#time(),
      ignored: options.ignored ?? emptySet,
      versionOf: this.#versionOf,
    });
    this.live = after;
    return this;
  }

  /** The same object and owners when the schema has changed. */
  under(types: TypeSchema | VersionOf): Fixture {
    const next = new Fixture(types);
    next.live = this.live;
    next.entries = this.entries;
    next.now = this.now;
    return next;
  }

  /** The set of a manager, whatever it did last; undefined when it owns nothing. */
  ownedBy(manager: string): FieldSet | undefined {
    return this.entries.find((entry) => entry.manager === manager)?.fieldsV1;
  }

  #time(): string {
    return `2026-01-01T00:00:${String(this.now++ % 60).padStart(2, '0')}Z`;
  }
}

/** A set from paths such as `spec/k:{"name":"a"}/image`: a part without a prefix is a field. */
export const fields = (...paths: readonly string[]): FieldSet =>
  setOfPaths(paths.map((path) => path.split('/').map((part) => (/^[kvi]:/.test(part) ? part : `f:${part}`))));
