/** Upstream's cases of merge/ in structured-merge-diff (upstream-cases.yaml) over types of our own. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { listOf, mapList, mapOf, number, object, text, type } from './case-types.ts';
import type { FieldSet } from './field-set.ts';
import { Fixture, fields } from './fixture.ts';
import { wholeObject } from './open-api-schema.ts';
import type { TypeSchema } from './type-schema.ts';
import type { VersionOf } from './version-view.ts';

interface Case {
  readonly name: string;
  readonly type: string;
  readonly steps: readonly string[];
  readonly live: Record<string, unknown>;
  readonly owners: Readonly<Record<string, readonly string[]>>;
  readonly ignored?: FieldSet;
}

const cases: readonly Case[] = parse(readFileSync(new URL('upstream-cases.yaml', import.meta.url), 'utf8'));

const recursive: Record<string, unknown> = { type: 'object' };
recursive.additionalProperties = recursive;
const keyed = { name: text, id: number, value: number };
const named = { name: text };
const atomic = { 'x-kubernetes-map-type': 'atomic' };
const flat = type({ numeric: number, string: text, bool: { type: 'boolean' } });

/** Versions whose fields are called otherwise: `value` of v1 is `renamed` in v2. */
const renaming: VersionOf = (version) => {
  const schema = type({ value: text, renamed: text, other: text });
  const rename = (from: string, to: string) => (o: Record<string, unknown>) => {
    const { [from]: value, ...rest } = o;
    return value === undefined ? o : { ...rest, [to]: value };
  };
  const keep = (o: Record<string, unknown>) => o;
  if (version === 'v1') return { type: schema, fromRequest: keep, toRequest: keep };
  return version === 'v2' ? { type: schema, fromRequest: rename('value', 'renamed'), toRequest: rename('renamed', 'value') } : undefined;
};

const types: Readonly<Record<string, TypeSchema | VersionOf>> = {
  flat,
  sets: type({ list: listOf(text, 'set') }),
  nested: type({
    listOfLists: mapList({ name: text, value: listOf(text, 'set') }, 'name'),
    listOfMaps: mapList({ name: text, value: mapOf(text) }, 'name'),
    mapOfLists: mapOf(listOf(text, 'set')),
    mapOfMaps: mapOf(mapOf(text)),
    mapOfMapsRecursive: recursive,
    struct: object({ name: text, numeric: number, string: text, dict: mapOf(text) }),
  }),
  keyed: type({ list: mapList(keyed, 'name') }),
  keyedTwice: type({ list: mapList(keyed, 'name', 'id') }),
  keyedByDefault: type({ list: mapList({ ...keyed, id: { ...number, default: 1 } }, 'name', 'id') }),
  ports: type({
    ports: mapList({ port: number, protocol: { ...text, default: 'TCP' }, name: text }, 'port', 'protocol'),
    defaulted: mapList({ key: { ...number, default: 1.0 }, name: text }, 'key', 'name'),
  }),
  items: type({ set: listOf(number, 'set'), list: mapList({ name: text, value1: number, value2: number }, 'name') }),
  atomicStruct: type({ struct: object({ numeric: number, string: text }, atomic) }),
  plainStruct: type({ struct: object({ numeric: number, string: text }) }),
  granularMap: type({ m: mapOf(text, { 'x-kubernetes-map-type': 'granular' }) }),
  atomicMap: type({ m: mapOf(text, atomic) }),
  atomicList: type({ l: listOf(object(named)) }),
  mapList: type({ l: mapList(named, 'name') }),
  free: wholeObject({ 'x-kubernetes-preserve-unknown-fields': true }),
  open: type({ num: number }, { 'x-kubernetes-preserve-unknown-fields': true }),
  renaming,
  onlyV1: (version) => (version === 'v1' ? { type: flat, fromRequest: (o) => o, toRequest: (o) => o } : undefined),
};

const play = ({ type: first, steps, ignored }: Case): Fixture => {
  let fixture = new Fixture(types[first]!);
  for (const step of steps) {
    const [verb = '', who = '', ...rest] = step.split(' ');
    if (verb === 'type') {
      fixture = fixture.under(types[who]!);
      continue;
    }
    const [manager = '', apiVersion = 'v1'] = who.split('@');
    const options = { apiVersion, ...(ignored ? { ignored } : {}) };
    const value = parse(rest.join(' '));
    if (verb === 'update') fixture.update(manager, value, options);
    else if (verb === 'conflict') expect(() => fixture.apply(manager, value, options)).toThrow(/^Apply failed/);
    else fixture.apply(manager, value, { ...options, force: verb === 'force' });
  }
  return fixture;
};

upstreamCases(
  'structured-merge',
  import.meta.url,
  Object.fromEntries(
    cases.map((c) => [
      c.name,
      () => {
        const fixture = play(c);
        expect(fixture.live).toEqual(c.live);
        const found = Object.fromEntries(fixture.entries.map((entry) => [entry.manager, entry.fieldsV1]));
        expect(found).toEqual(Object.fromEntries(Object.entries(c.owners).map(([manager, paths]) => [manager, fields(...paths)])));
      },
    ]),
  ),
);
