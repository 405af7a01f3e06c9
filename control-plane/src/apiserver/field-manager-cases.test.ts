/** Upstream's tests of the field manager by name (tests/conformance/upstream/managed-fields.yaml), with data of our own, over the API. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { ManagedEntry } from '#schema/apply/managed-fields.ts';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { createWorld, type World } from './testing.ts';
import { managedEntry as entry } from './testing-entries.ts';

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
const timeOf = (object: any, manager: string) => entryOf(object, manager).time;

const annotationOf = (object: any): string | undefined => object.metadata.annotations?.[last];
const made = async (collection: string, body: any) =>
  (
    await world.call('PATCH', `${collection}/${body.metadata.name}?fieldManager=a`, body, {
      'content-type': 'application/apply-patch+yaml',
    })
  ).body;
/** Whether managedFields that an update sends stay what they were when one entry is broken in this way. */
const keptWhen = async (name: string, broken: object): Promise<boolean> => {
  const before = await apply(name, { x: '1' });
  const [sent] = before.metadata.managedFields;
  const after = await put(name, { x: '1' }, { managedFields: [{ ...sent, ...broken }] });
  return JSON.stringify(after.metadata.managedFields) === JSON.stringify(before.metadata.managedFields);
};
const port = (name: string, portNumber: number, protocol?: string) => ({ name, port: portNumber, ...(protocol ? { protocol } : {}) });
const service = (name: string, ...ports: readonly object[]) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports } });

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
  TestFieldManagerUpdateNoErrors: async () => {
    await apply('errors', { x: '1' });
    const broken = [{ ...entry({}), fieldsV1: { 'k:broken': {} } }];
    expect(managers(await put('errors', { x: '1', y: '2' }, { managedFields: broken }))).toEqual(['a', 'u']);
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
  TestUpdateBeforeFirstApply: async () => {
    await world.create(`${path}?fieldManager=u`, config('first', { x: '1' }) as any);
    expect((await apply('first', { x: '2' })).message).toContain('conflict with "u" using v1: .data.x');
  },
  'TestApplyNewObject//v1, Kind=Pod': async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'new' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const object = await made('/api/v1/namespaces/default/pods', pod);
    expect(entryOf(object, 'a').fieldsV1).toEqual({
      'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
    });
  },
  'TestApplyNewObject//v1, Kind=Node': async () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'new', labels: { l: '1' } }, spec: { unschedulable: true } };
    const object = await made('/api/v1/nodes', node);
    expect(entryOf(object, 'a').fieldsV1).toEqual({ 'f:metadata': { 'f:labels': { 'f:l': {} } }, 'f:spec': { 'f:unschedulable': {} } });
  },
  'TestApplyNewObject//v1, Kind=Endpoints': async () => {
    const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'new' }, subsets: [{ addresses: [{ ip: '10.0.0.1' }] }] };
    const object = await made('/api/v1/namespaces/default/endpoints', endpoints);
    expect(entryOf(object, 'a').fieldsV1).toEqual({ 'f:subsets': {} });
  },
  'TestLargeLastApplied/old object + new object last-applied annotation is too big': async () => {
    await world.create(path, config('large', {}, { annotations: { [last]: '{}' } }) as any);
    expect(annotationOf(await apply('large', { x: 'x'.repeat(300_000) }, 'kubectl'))).toBe('{}');
  },
  'TestLargeLastApplied/old object + new object annotations + new object last-applied annotation is too big': async () => {
    await world.create(path, config('larger', {}, { annotations: { [last]: '{}' } }) as any);
    const object = await apply('larger', { x: 'x'.repeat(100_000) }, 'kubectl', { annotations: { big: 'x'.repeat(200_000) } });
    expect(annotationOf(object)).toBe('{}');
  },
  TestServiceApply: async () => {
    const services = '/api/v1/namespaces/default/services';
    await made(services, service('ports', port('a', 80), port('b', 80, 'UDP')));
    const object = await made(services, service('ports', port('a', 80, 'TCP'), port('c', 81)));
    expect(object.spec.ports.map(({ name, protocol }: any) => `${name} ${protocol}`)).toEqual(['a TCP', 'c TCP']);
  },
  TestReplicationControllerApply: async () => {
    const rc = (replicas?: number) => ({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'rc' },
      spec: {
        ...(replicas === undefined ? {} : { replicas }),
        selector: { a: 'b' },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    const controllers = '/api/v1/namespaces/default/replicationcontrollers';
    expect((await made(controllers, rc())).spec.replicas).toBe(1);
    expect((await made(controllers, rc(2))).spec.replicas).toBe(2);
    expect((await made(controllers, rc())).spec.replicas).toBe(1);
  },
  TestPodApply: async () => {
    const pod = (labels: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'again', labels },
      spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] },
    });
    const pods = '/api/v1/namespaces/default/pods';
    const first = await made(pods, pod({ a: '1' }));
    expect(await made(pods, pod({ a: '1' }))).toEqual(first);
    expect((await made(pods, pod({ b: '1' }))).metadata.labels).toEqual({ b: '1' });
  },
  'TestAdmission/invalid APIVersion': async () => expect(await keptWhen('ad1', { apiVersion: '' })).toBe(true),
  'TestAdmission/invalid Operation': async () => expect(await keptWhen('ad2', { operation: 'Anything' })).toBe(true),
  'TestAdmission/invalid fieldsType': async () => expect(await keptWhen('ad3', { fieldsType: 'FieldsV9' })).toBe(true),
  'TestAdmission/invalid fieldsV1': async () => expect(await keptWhen('ad4', { fieldsV1: { broken: {} } })).toBe(true),
  'TestAdmission/invalid manager': async () => expect(await keptWhen('ad5', { manager: '' })).toBe(false),
};

upstreamCases('managed-fields', import.meta.url, cases);
