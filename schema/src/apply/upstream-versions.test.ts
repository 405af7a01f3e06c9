/** Upstream's case of structured merge in which a version cannot be made of what the other leaves out for a moment. */
import { expect } from 'vitest';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import type { JsonObject } from '../dsl/own.ts';
import { text, type } from './case-types.ts';
import { Fixture, fields } from './fixture.ts';
import type { VersionOf } from './version-view.ts';

const types = { v1: type({ foo: text, common: text }), v2: type({ bar: text, common: text }) };
const renamed = (object: JsonObject, from: string, to: string): JsonObject => {
  const { [from]: value, ...rest } = object;
  return value === undefined ? rest : { ...rest, [to]: value };
};
const toFirst = (object: JsonObject): JsonObject => {
  if (object.bar === undefined) throw new Error('no v1 without bar');
  return renamed(object, 'bar', 'foo');
};
const toSecond = (object: JsonObject): JsonObject => renamed(object, 'foo', 'bar');
const keep = (object: JsonObject): JsonObject => object;
const requestsIn =
  (request: 'v1' | 'v2'): VersionOf =>
  (version) => {
    if (version !== 'v1' && version !== 'v2') return undefined;
    if (version === request) return { type: types[version], fromRequest: keep, toRequest: keep };
    return { type: types[version], fromRequest: version === 'v1' ? toFirst : toSecond, toRequest: version === 'v1' ? toSecond : toFirst };
  };

upstreamCases('structured-merge', import.meta.url, {
  'TestMultipleAppliersReliantFieldsConversions/multiple_versions_with_reliant_fields': () => {
    const second = new Fixture(requestsIn('v2')).apply('b', { bar: 'x' }, { apiVersion: 'v2' });
    const first = second.under(requestsIn('v1'));
    first.live = toFirst(second.live);
    first.apply('a', { common: 'x' }, { apiVersion: 'v1' });
    const again = first.under(requestsIn('v2'));
    again.live = toSecond(first.live);
    again.apply('b', { bar: 'y' }, { apiVersion: 'v2' });
    expect(again.live).toEqual({ bar: 'y', common: 'x' });
    expect([again.ownedBy('b'), again.ownedBy('a')]).toEqual([fields('bar'), fields('common')]);
  },
});
