/** Upstream's tests of lists of managers by name: reading, ordering and bounding them, path elements, and which changes are none. */
import { expect } from 'vitest';
import { formatConflicts } from '#schema/apply/conflict.ts';
import { parseFieldSet } from '#schema/apply/field-set.ts';
import {
  capUpdates,
  entryOf,
  inOrder,
  type ManagedEntry,
  maxUpdateManagers,
  readManagedFields,
  sameOwner,
} from '#schema/apply/managed-fields.ts';
import type { KubeObject } from '#schema/resource.ts';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { isUnchanged } from '../registry/ownership.ts';
import { managedEntry as entry } from './testing-entries.ts';

const time = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;

/** One update of a version in its second, of the field of that number. */
const update = (second: number, apiVersion = 'v1', manager = `m${second}`) =>
  entry({ manager, apiVersion, time: time(second), fieldsV1: { [`f:${second}`]: {} } });
const others = (from: number, count: number) => Array.from({ length: count }, (_, i) => update(from + i, `w${i}`));
/** `version: fields` of what became of the oldest. */
const ancientIn = (entries: readonly ManagedEntry[]) =>
  capUpdates(entries)
    .filter(({ manager }) => manager === 'ancient-changes')
    .map(({ apiVersion, fieldsV1 }) => `${apiVersion}: ${Object.keys(fieldsV1).join(' ')}`)
    .sort();
const room = maxUpdateManagers;

const ordered = (list: readonly Partial<ManagedEntry>[], ...expected: readonly number[]) => {
  const entries = list.map((one) => entry(one));
  expect(inOrder(entries)).toEqual(expected.map((at) => entries[at]));
};
const apply = 'Apply' as const;

const config = (
  more: { labels?: object; data?: object; managedFields?: readonly ManagedEntry[] } & Record<string, unknown>,
): KubeObject => {
  const { labels = { a: '1' }, managedFields = [entry()], ...rest } = more;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', labels, managedFields, resourceVersion: '1' },
    data: { x: '1' },
    ...rest,
  } as unknown as KubeObject;
};
const same = (a: object, b: object) => isUnchanged(config(a as any), config(b as any));

upstreamCases('managed-fields', import.meta.url, {
  TestCapManagersManagerMergesEntries: () => {
    const capped = capUpdates([...others(10, room), update(1), update(2), update(3)]);
    expect(capped.find(({ manager }) => manager === 'ancient-changes')!.fieldsV1).toEqual({ 'f:1': {}, 'f:2': {}, 'f:3': {} });
  },
  'TestCapUpdateManagers/one version, no ancient changes': () => {
    const capped = capUpdates(Array.from({ length: room + 1 }, (_, i) => update(i + 1)));
    expect(capped).toHaveLength(room);
    expect(ancientIn(Array.from({ length: room + 1 }, (_, i) => update(i + 1)))).toEqual(['v1: f:1 f:2']);
  },
  'TestCapUpdateManagers/one version, one ancient changes': () => {
    const entries = [update(2, 'v1', 'ancient-changes'), ...Array.from({ length: room }, (_, i) => update(i + 3))];
    expect(ancientIn(entries)).toEqual(['v1: f:2 f:3']);
  },
  'TestCapUpdateManagers/two versions, no ancient changes': () => {
    const entries = [update(1), update(2, 'v2'), ...Array.from({ length: room - 1 }, (_, i) => update(i + 3))];
    expect(ancientIn(entries)).toEqual(['v1: f:1 f:3']);
  },
  'TestCapUpdateManagers/three versions, one ancient changes': () => {
    const entries = [
      update(1, 'v2'),
      update(2, 'v1', 'ancient-changes'),
      update(3, 'v3'),
      ...others(20, room - 3),
      update(40, 'v2'),
      update(41),
    ];
    expect(entries).toHaveLength(room + 2);
    expect(ancientIn(entries)).toEqual(['v1: f:2 f:41', 'v2: f:1 f:40']);
  },
  'TestCapUpdateManagers/three versions, two ancient changes': () => {
    const entries = [
      update(1, 'v1', 'ancient-changes'),
      update(2, 'v3'),
      update(3, 'v2', 'ancient-changes'),
      ...others(20, room - 3),
      update(40, 'v3'),
    ];
    expect(ancientIn(entries)).toEqual(['v1: f:1', 'v2: f:3', 'v3: f:2 f:40']);
  },
  'TestCapUpdateManagers/four versions, two ancient changes': () => {
    const entries = [update(1, 'v1', 'ancient-changes'), update(2, 'v2', 'ancient-changes'), ...others(20, room)];
    expect(capUpdates(entries)).toHaveLength(room + 2);
    expect(
      capUpdates(Array.from({ length: room + 2 }, (_, i) => update(i, 'v1', 'x')).map((e) => ({ ...e, operation: apply }))),
    ).toHaveLength(room + 2);
  },
  TestNewConflictError: () => {
    const conflict = (manager: string, name: string) => ({ owner: entry({ manager }), path: [`f:${name}`] });
    expect(formatConflicts([conflict('b', 'x'), conflict('a', 'y'), conflict('a', 'z')])).toBe(
      'Apply failed with 3 conflicts: conflicts with "a" using v1:\n- .y\n- .z\nconflicts with "b" using v1:\n- .x',
    );
  },
  TestFieldsRoundTrip: () => {
    const set = { 'f:a': { '.': {}, 'f:b': {} }, 'f:l': { 'k:{"name":"x"}': { '.': {} }, 'v:3': {}, 'i:0': {} } };
    expect(parseFieldSet(set)).toEqual(set);
  },
  TestFieldsToSetError: () => {
    for (const bad of [{ 'k:{x': {} }, { 'f:a': 1 }, { 'i:one': {} }, { '.': { 'f:a': {} } }, []])
      expect(parseFieldSet(bad)).toBeUndefined();
  },
  TestHasFieldsType: () => {
    expect(readManagedFields([{ ...entry(), fieldsType: 'FieldsV2' }])).toBeUndefined();
    expect(readManagedFields([entry()])).toHaveLength(1);
  },
  TestHasAPIVersion: () => expect(readManagedFields([entry({ apiVersion: '' })])).toBeUndefined(),
  TestHasOperation: () => {
    expect(readManagedFields([{ ...entry(), operation: 'Patch' }])).toBeUndefined();
    expect(readManagedFields([{ ...entry(), operation: undefined }])).toBeUndefined();
  },
  TestRoundTripManagedFields: () => {
    const list = [entry({ operation: apply, time: time(0) }), entry({ subresource: 'status' }), entry(), entry({ apiVersion: 'apps/v1' })];
    expect(readManagedFields(list)).toEqual(list);
  },
  TestBuildManagerIdentifier: () => {
    expect(sameOwner(entry({ operation: apply }), entry({ operation: apply, apiVersion: 'v2' }))).toBe(true);
    expect(sameOwner(entry(), entry({ apiVersion: 'v2' }))).toBe(false);
    expect(sameOwner(entry(), entry({ subresource: 'status' }))).toBe(false);
    expect(sameOwner(entry({ time: time(1) }), entry({ time: time(2) }))).toBe(true);
  },
  'TestSortEncodedManagedFields/empty': () => ordered([]),
  'TestSortEncodedManagedFields/nil': () => expect(readManagedFields(null)).toEqual([]),
  'TestSortEncodedManagedFields/remains untouched': () =>
    ordered(
      [
        { manager: 'a', time: time(1) },
        { manager: 'a', time: time(2) },
      ],
      0,
      1,
    ),
  'TestSortEncodedManagedFields/manager without time first': () =>
    ordered([{ operation: apply, time: time(1) }, { operation: apply }], 1, 0),
  'TestSortEncodedManagedFields/manager without time first name last': () =>
    ordered(
      [
        { manager: 'a', operation: apply, time: time(1) },
        { manager: 'b', operation: apply },
        { manager: 'a', operation: apply },
      ],
      2,
      1,
      0,
    ),
  'TestSortEncodedManagedFields/apply first': () => ordered([{ time: time(1) }, { operation: apply, time: time(5) }], 1, 0),
  'TestSortEncodedManagedFields/newest last': () =>
    ordered([{ time: time(3) }, { manager: 'a', operation: apply }, { time: time(9) }, { manager: 'b', operation: apply }], 1, 3, 0, 2),
  'TestSortEncodedManagedFields/manager last': () =>
    ordered(
      [
        { manager: 'd', time: time(1) },
        { manager: 'c', time: time(1) },
      ],
      1,
      0,
    ),
  'TestSortEncodedManagedFields/manager sorted': () =>
    ordered(
      [
        { manager: 'c', time: time(1) },
        { manager: 'z', operation: apply },
        { manager: 'f', time: time(2) },
        { manager: 'a', operation: apply },
        { manager: 'd', time: time(2) },
      ],
      ...[3, 1, 0, 4, 2],
    ),
  'TestSortEncodedManagedFields/sort drops nanoseconds': () => {
    const written = ['.000000001Z', '.000000002Z', 'Z'].map((rest, i) => ({
      ...entry({ manager: ['c', 'a', 'b'][i]! }),
      time: `2026-01-01T00:00:00${rest}`,
    }));
    expect(inOrder(readManagedFields(written)!).map(({ manager }) => manager)).toEqual(['a', 'b', 'c']);
  },
  'TestSortEncodedManagedFields/entries with subresource field': () =>
    ordered([{ operation: apply, subresource: 'status' }, { operation: apply, subresource: 'scale' }, { operation: apply }], 2, 1, 0),
  TestPathElementRoundTrip: () => {
    for (const key of ['i:0', 'f:name', 'v:1', 'v:"x"', 'v:true', 'k:{"name":"x"}', 'k:{"port":80,"protocol":"TCP"}'])
      expect(parseFieldSet({ [key]: {} })).toEqual({ [key]: {} });
  },
  TestPathElementIgnoreUnknown: () => expect(parseFieldSet({ 'r:Hello': {}, 'f:a': {} })).toEqual({ 'f:a': {} }),
  TestNewPathElementError: () => {
    for (const key of ['', 'no', 'i:not-a-number', 'v:not-json', 'k:"not-an-object"']) expect(parseFieldSet({ [key]: {} })).toBeUndefined();
  },
  'TestEqualIgnoringFieldValueAtPath/identical objects': () => expect(same({}, {})).toBe(true),
  'TestEqualIgnoringFieldValueAtPath/different metadata label value': () => expect(same({ labels: { a: '2' } }, {})).toBe(false),
  'TestEqualIgnoringFieldValueAtPath/different spec value': () => expect(same({ data: { x: '2' } }, {})).toBe(false),
  'TestEqualIgnoringFieldValueAtPath/extra spec field': () => expect(same({ data: { x: '1', y: '2' } }, {})).toBe(false),
  'TestEqualIgnoringFieldValueAtPath/different spec field': () => expect(same({ data: { y: '1' } }, {})).toBe(false),
  'TestEqualIgnoringFieldValueAtPath/different managed fields should be ignored': () => {
    expect(same({ managedFields: [entryOf(entry(), entry().fieldsV1, time(9))] }, {})).toBe(true);
    expect(same({ managedFields: [entry({ manager: 'other' })] }, {})).toBe(false);
  },
});
