/**
 * Upstream's field manager tests by name, with data of our own, over the API. What is about its classes and caches does not apply; the words of
 * refusals and conflicts are in apply.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatConflicts } from '#schema/apply/conflict.ts';
import { parseFieldSet } from '#schema/apply/field-set.ts';
import { capUpdates, inOrder, type ManagedEntry, readManagedFields, sameOwner } from '#schema/apply/managed-fields.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const path = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const last = 'kubectl.kubernetes.io/last-applied-configuration';
const config = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
const send = async (method: string, name: string, body: unknown, manager: string, type: string, query = '') =>
  (await world.call(method, `${path}/${name}?fieldManager=${manager}${query}`, body, { 'content-type': type })).body;
const apply = (name: string, data: object, manager = 'a', metadata: object = {}, query = '') =>
  send('PATCH', name, config(name, data, metadata), manager, 'application/apply-patch+yaml', query);
const merge = (name: string, patch: object, manager = 'u') => send('PATCH', name, patch, manager, 'application/merge-patch+json');
const put = (name: string, data: object, metadata: object = {}, manager = 'u') =>
  send('PUT', name, config(name, data, metadata), manager, 'application/json');
const entryOf = (object: any, manager: string): ManagedEntry =>
  object.metadata.managedFields.find((e: ManagedEntry) => e.manager === manager);
const managers = (object: any): string[] => (object.metadata.managedFields ?? []).map((e: ManagedEntry) => e.manager);
const later = () => {
  world.nowMs += 10_000;
};
const entry = (more: Partial<ManagedEntry>): ManagedEntry => ({
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:x': {} },
  manager: 'm',
  operation: 'Update',
  ...more,
});
const timeOf = (object: any, manager: string) => entryOf(object, manager).time;

const cases: Readonly<Record<string, () => Promise<void> | void>> = {
  TestUpdateApplyConflict: async () => {
    await apply('conflict', { x: '1' });
    await merge('conflict', { data: { x: '2' } });
    expect((await apply('conflict', { x: '3' })).reason).toBe('Conflict');
  },
  TestApplyStripsFields: async () => {
    const object = await apply('strips', {}, 'a', { creationTimestamp: null, generation: 1, labels: { l: '1' } });
    expect(entryOf(object, 'a').fieldsV1).toEqual({ 'f:data': {}, 'f:metadata': { 'f:labels': { 'f:l': {} } } });
  },
  TestVersionCheck: async () => {
    const body = { ...config('version', {}), apiVersion: 'v1beta1' };
    const refused = await send('PATCH', 'version', body, 'a', 'application/apply-patch+yaml');
    expect(refused.message).toBe('Incorrect version specified in apply patch. Specified patch version: v1beta1, expected: v1');
  },
  TestVersionCheckDoesNotPanic: async () => {
    expect((await send('PATCH', 'version', {}, 'a', 'application/apply-patch+yaml')).code).toBe(400);
  },
  TestApplyDoesNotStripLabels: async () => {
    expect((await apply('labels', {}, 'a', { labels: { l: '1' } })).metadata.labels).toEqual({ l: '1' });
  },
  TestApplyNewObject: async () => {
    expect(managers(await apply('new', { x: '1' }))).toEqual(['a']);
  },
  TestApplyFailsWithManagedFields: async () => {
    expect((await apply('managed', {}, 'a', { managedFields: [entry({})] })).message).toBe('metadata.managedFields must be nil');
  },
  TestApplySuccessWithNoManagedFields: async () => {
    expect((await apply('unmanaged', {}, 'a', { labels: { b: '1' } })).kind).toBe('ConfigMap');
  },
  TestNoOpChanges: async () => {
    const made = await apply('noop', { x: '1' });
    later();
    expect(await apply('noop', { x: '1' })).toEqual(made);
    expect(await merge('noop', { data: { x: '1' } })).toEqual(made);
  },
  TestResetManagedFieldsEmptyList: async () => {
    await apply('list', { x: '1' });
    expect(managers(await put('list', { x: '1' }, { managedFields: [] }))).toEqual(['a']);
  },
  TestResetManagedFieldsEmptyItem: async () => {
    await apply('item', { x: '1' });
    expect(managers(await put('item', { x: '1' }, { managedFields: [{}] }))).toEqual([]);
  },
  TestServerSideApplyWithInvalidLastApplied: async () => {
    await put('invalid', {});
    await world.create(
      `${path}?fieldManager=kubectl-client-side-apply`,
      config('invalid', { x: '1' }, { annotations: { [last]: '{' } }) as any,
    );
    expect((await apply('invalid', { x: '2' }, 'kubectl')).reason).toBe('Conflict');
  },
  TestInteropForClientSideApplyAndServerSideApply: async () => {
    const applied = config('interop', { x: '1' });
    const annotations = { [last]: JSON.stringify(applied) };
    await world.create(`${path}?fieldManager=kubectl-client-side-apply`, config('interop', { x: '1' }, { annotations }) as any);
    const object = await apply('interop', { x: '2' }, 'kubectl');
    expect([object.data, JSON.parse(object.metadata.annotations[last]).data]).toEqual([{ x: '2' }, { x: '2' }]);
  },
  TestUpdateViaSubresources: async () => {
    const made = await world.create(`${deployments}?fieldManager=a`, {
      metadata: { name: 'sub' },
      ...{
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      },
    });
    const status = { ...made, metadata: { ...made.metadata, managedFields: [{}] }, status: { replicas: 1 } };
    const { body } = await world.call('PUT', `${deployments}/sub/status?fieldManager=s`, status);
    expect(body.metadata.managedFields.map((e: ManagedEntry) => [e.manager, e.subresource])).toEqual([
      ['a', undefined],
      ['s', 'status'],
    ]);
  },
  TestApplyDoesNotChangeManagedFields: async () => {
    const made = await apply('kept', { x: '1' });
    const again = await apply('kept', { x: '1' }, 'a', {}, '&force=true');
    expect(again.metadata.managedFields).toEqual(made.metadata.managedFields);
  },
  TestUpdateDoesNotChangeManagedFields: async () => {
    const made = await apply('untouched', { x: '1' });
    const sent = { managedFields: made.metadata.managedFields };
    expect((await put('untouched', { x: '1', y: '2' }, sent)).metadata.managedFields[0]).toEqual(made.metadata.managedFields[0]);
  },
  TestLiveObjectManagedFieldsNotRemoved: async () => {
    await apply('live', { x: '1' });
    expect(managers(await put('live', { x: '1', y: '2' }))).toEqual(['a', 'u']);
  },
  TestCapManagersManagerMergesEntries: () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      entry({ manager: `m${i}`, time: `2026-01-01T00:00:${10 + i}Z`, fieldsV1: { [`f:${i}`]: {} } }),
    );
    const capped = capUpdates(many);
    expect(capped.find((e) => e.manager === 'ancient-changes')!.fieldsV1).toEqual({ 'f:0': {}, 'f:1': {}, 'f:2': {} });
  },
  TestCapUpdateManagers: () => {
    const applies = Array.from({ length: 12 }, (_, i) => entry({ manager: `a${i}`, operation: 'Apply' }));
    const versions = Array.from({ length: 12 }, (_, i) => entry({ manager: `m${i}`, apiVersion: `v${i}` }));
    expect(capUpdates(applies)).toEqual(applies);
    expect(capUpdates(versions)).toHaveLength(12);
  },
  TestNewConflictError: () => {
    const conflict = (manager: string, name: string) => ({ owner: entry({ manager }), path: [`f:${name}`] });
    expect(formatConflicts([conflict('b', 'x'), conflict('a', 'y'), conflict('a', 'z')])).toBe(
      'Apply failed with 3 conflicts: conflicts with "a" using v1:\n- .y\n- .z\nconflicts with "b" using v1:\n- .x',
    );
  },
  TestFieldManagerUpdateNoErrors: async () => {
    await apply('errors', { x: '1' });
    const broken = [{ ...entry({}), fieldsV1: { 'k:broken': {} } }];
    expect(managers(await put('errors', { x: '1', y: '2' }, { managedFields: broken }))).toEqual(['a', 'u']);
  },
  TestFieldsRoundTrip: () => {
    const set = { 'f:a': { '.': {}, 'f:b': {} }, 'f:l': { 'k:{"name":"x"}': { '.': {} }, 'v:3': {}, 'i:0': {} } };
    expect(parseFieldSet(set)).toEqual(set);
  },
  TestFieldsToSetError: () => {
    for (const bad of [{ 'k:{x': {} }, { 'f:a': 1 }, { 'i:one': {} }, { '.': { 'f:a': {} } }, []])
      expect(parseFieldSet(bad)).toBeUndefined();
  },
  TestApplyUsingLastAppliedAnnotation: async () => {
    const annotations = { [last]: JSON.stringify(config('annotated', { x: '1' })) };
    await world.create(`${path}?fieldManager=other`, config('annotated', { x: '1', y: '1' }, { annotations }) as any);
    expect((await apply('annotated', { x: '2', y: '2' }, 'kubectl')).details.causes.map((c: any) => c.field)).toEqual(['.data.y']);
    expect((await apply('annotated', { x: '2' }, 'helm')).reason).toBe('Conflict');
  },
  TestLastAppliedUpdater: async () => {
    await world.create(path, config('updater', {}, { annotations: { [last]: '{}' } }) as any);
    expect((await apply('updater', { x: '1' }, 'helm')).metadata.annotations[last]).toBe('{}');
    expect(JSON.parse((await apply('updater', { x: '1' }, 'kubectl')).metadata.annotations[last]).data).toEqual({ x: '1' });
  },
  TestLargeLastApplied: async () => {
    await world.create(path, config('large', {}, { annotations: { [last]: '{}' } }) as any);
    expect((await apply('large', { x: 'x'.repeat(300_000) }, 'kubectl')).metadata.annotations[last]).toBe('{}');
  },
  TestHasFieldsType: () => expect(readManagedFields([{ ...entry({}), fieldsType: 'FieldsV2' }])).toBeUndefined(),
  TestHasAPIVersion: () => expect(readManagedFields([entry({ apiVersion: '' })])).toBeUndefined(),
  TestHasOperation: () => expect(readManagedFields([{ ...entry({}), operation: 'Patch' }])).toBeUndefined(),
  TestRoundTripManagedFields: () => {
    const list = [entry({ operation: 'Apply', time: '2026-01-01T00:00:00Z' }), entry({ subresource: 'status' }), entry({})];
    expect(readManagedFields(list)).toEqual(list);
  },
  TestBuildManagerIdentifier: () => {
    expect(sameOwner(entry({ operation: 'Apply' }), entry({ operation: 'Apply', apiVersion: 'v2' }))).toBe(true);
    expect(sameOwner(entry({}), entry({ apiVersion: 'v2' }))).toBe(false);
    expect(sameOwner(entry({}), entry({ subresource: 'status' }))).toBe(false);
  },
  TestSortEncodedManagedFields: () => {
    const time = (n: number) => `2026-01-01T00:00:0${n}Z`;
    const list = [
      entry({ manager: 'c', time: time(1) }),
      entry({ manager: 'b', time: time(2) }),
      entry({ manager: 'a', time: time(2) }),
      entry({ manager: 'z', operation: 'Apply', time: time(3) }),
    ];
    expect(inOrder(list).map((e) => e.manager)).toEqual(['z', 'c', 'a', 'b']);
  },
  TestManagedFieldsUpdateDoesModifyTime: async () => {
    const made = await put('t1', {}).then(() => world.create(`${path}?fieldManager=u`, config('t1', { x: '1' }) as any));
    later();
    expect(timeOf(await merge('t1', { data: { x: '2' } }), 'u')).not.toBe(timeOf(made, 'u'));
  },
  TestManagedFieldsApplyDoesModifyTime: async () => {
    const made = await apply('t2', { x: '1' });
    later();
    expect(timeOf(await apply('t2', { x: '2' }), 'a')).not.toBe(timeOf(made, 'a'));
  },
  TestManagedFieldsUpdateWithoutChangesDoesNotModifyTime: async () => {
    const made = await world.create(`${path}?fieldManager=u`, config('t3', { x: '1' }) as any);
    later();
    expect(timeOf(await merge('t3', { data: { x: '1' } }), 'u')).toBe(timeOf(made, 'u'));
  },
  TestManagedFieldsApplyWithoutChangesDoesNotModifyTime: async () => {
    const made = await apply('t4', { x: '1' });
    later();
    expect(timeOf(await apply('t4', { x: '1' }), 'a')).toBe(timeOf(made, 'a'));
  },
  TestNonManagedFieldsUpdateDoesNotModifyTime: async () => {
    const made = await apply('t5', { x: '1' });
    later();
    expect(timeOf(await merge('t5', { data: { y: '1' } }), 'a')).toBe(timeOf(made, 'a'));
  },
  TestNonManagedFieldsApplyDoesNotModifyTime: async () => {
    const made = await apply('t6', { x: '1' });
    later();
    expect(timeOf(await apply('t6', { y: '1' }, 'b'), 'a')).toBe(timeOf(made, 'a'));
  },
  TestTakingOverManagedFieldsDuringUpdateDoesNotModifyPreviousManagerTime: async () => {
    const made = await apply('t7', { x: '1', y: '1' });
    later();
    expect(timeOf(await merge('t7', { data: { x: '2' } }), 'a')).toBe(timeOf(made, 'a'));
  },
  TestTakingOverManagedFieldsDuringApplyDoesNotModifyPreviousManagerTime: async () => {
    const made = await apply('t8', { x: '1', y: '1' });
    later();
    expect(timeOf(await apply('t8', { x: '2' }, 'b', {}, '&force=true'), 'a')).toBe(timeOf(made, 'a'));
  },
  TestPathElementRoundTrip: () => {
    for (const key of ['i:0', 'f:name', 'v:1', 'v:"x"', 'v:true', 'k:{"name":"x"}', 'k:{"port":80,"protocol":"TCP"}']) {
      expect(parseFieldSet({ [key]: {} })).toEqual({ [key]: {} });
    }
  },
  TestPathElementIgnoreUnknown: () => expect(parseFieldSet({ 'r:Hello': {}, 'f:a': {} })).toEqual({ 'f:a': {} }),
  TestNewPathElementError: () => {
    for (const key of ['i:not-a-number', 'v:not-json', 'k:"not-an-object"']) expect(parseFieldSet({ [key]: {} })).toBeUndefined();
  },
  TestUpdateBeforeFirstApply: async () => {
    await world.create(`${path}?fieldManager=u`, config('first', { x: '1' }) as any);
    expect((await apply('first', { x: '2' })).message).toContain('conflict with "u" using v1: .data.x');
  },
  TestTransformManagedFieldsToSubresource: async () => {
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'sub' }, spec: { replicas: 4 } };
    const answer = await world.call('PATCH', `${deployments}/sub/scale?fieldManager=hpa`, scale, {
      'content-type': 'application/apply-patch+yaml',
    });
    expect(answer.body.message).toBe('Apply failed with 1 conflict: conflict with "a" using autoscaling/v1: .spec.replicas');
  },
  TestTransformingManagedFieldsToParent: async () => {
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'sub' }, spec: { replicas: 4 } };
    await world.call('PATCH', `${deployments}/sub/scale?fieldManager=hpa&force=true`, scale, {
      'content-type': 'application/apply-patch+yaml',
    });
    const { body } = await world.call('GET', `${deployments}/sub`);
    expect(entryOf(body, 'hpa')).toMatchObject({
      subresource: 'scale',
      apiVersion: 'apps/v1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    });
    expect((entryOf(body, 'a').fieldsV1['f:spec'] as any)['f:replicas']).toBeUndefined();
  },
};

const inApplyTest = 'the same as a case of apply.test.ts or of schema/src/apply';
const notApplicable: Readonly<Record<string, string>> = {
  TestExtractInto: 'client-go work',
  TestNoTrackManagedFieldsForClientSideApply: 'tracking cannot be switched off',
  TestNoUpdateBeforeFirstApply: 'tracking cannot be switched off',
  TestAtMostEvery: 'about a log limiter',
  TestSetToFieldsError: 'a set is its own wire form',
  TestServiceApply: inApplyTest,
  TestReplicationControllerApply: inApplyTest,
  TestPodApply: inApplyTest,
  TestNilNewObjectReplacedWithDeepCopyExcludingManagedFields: 'about Go pointers',
  TestTypeConverter: 'about Go types',
  TestIndexModels: 'about Go types',
  TestBenchmarkFastPathEngages: 'about Go types',
  TestVersionConverter: inApplyTest,
  TestVersionConverterSameVersion: inApplyTest,
  TestTransformingManagedFieldsToParentMultiVersion: 'every scalable kind is served in one version',
};

describe('field manager, by upstream case', () => {
  it.each(Object.entries(cases))('%s', async (_name, run) => run());
  it('names each case once', () => {
    expect(Object.keys(notApplicable).filter((name) => name in cases)).toEqual([]);
    expect(Object.keys(cases).length).toBeGreaterThan(40);
  });
});
