/** Server-side apply and managedFields over HTTP: who owns what, in the words of Kubernetes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigMap } from '#schema/core/config-map.ts';
import { readPatch } from './patching.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const configMaps = '/api/v1/namespaces/default/configmaps';

const web = (name: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'nginx', ...container }] } },
    ...spec,
  },
});
const config = (name: string, data: Record<string, string>, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

const apply = (path: string, body: unknown, query = 'fieldManager=kubectl') =>
  world.call('PATCH', `${path}?${query}`, body, { 'content-type': 'application/apply-patch+yaml' });
const merge = (path: string, body: object, query = 'fieldManager=kubectl-patch') =>
  world.call('PATCH', `${path}?${query}`, body, { 'content-type': 'application/merge-patch+json' });
const managers = (object: any): string[] =>
  (object.metadata.managedFields ?? []).map((e: any) =>
    [e.manager, e.operation, e.apiVersion, ...(e.subresource ? [e.subresource] : [])].join(' '),
  );

describe('managedFields', () => {
  test('of a create hold what the client sent and what was defaulted, not what admission or the server added', async () => {
    const object = await world.create(`${deployments}?fieldManager=kubectl-create`, web('created'));
    expect(object.metadata.managedFields).toEqual([
      {
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:progressDeadlineSeconds': {},
            'f:replicas': {},
            'f:revisionHistoryLimit': {},
            'f:selector': {},
            'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} }, 'f:type': {} },
            'f:template': {
              'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
              'f:spec': {
                'f:containers': {
                  'k:{"name":"app"}': {
                    '.': {},
                    'f:image': {},
                    'f:imagePullPolicy': {},
                    'f:name': {},
                    'f:resources': {},
                    'f:terminationMessagePath': {},
                    'f:terminationMessagePolicy': {},
                  },
                },
                'f:dnsPolicy': {},
                'f:restartPolicy': {},
                'f:schedulerName': {},
                'f:securityContext': {},
                'f:terminationGracePeriodSeconds': {},
              },
            },
          },
        },
        manager: 'kubectl-create',
        operation: 'Update',
        time: '2026-01-01T00:00:00Z',
      },
    ]);
  });

  test('name the program of the User-Agent where no manager is stated', async () => {
    const headers = { 'user-agent': 'dashboard/1.0 (x)', 'content-type': 'application/json' };
    const { body } = await world.call('POST', configMaps, config('agent', { a: '1' }), headers);
    expect(managers(body)).toEqual(['dashboard Update v1']);
  });

  test('tell writes through subresources apart', async () => {
    await world.create(`${deployments}?fieldManager=a`, web('parts'));
    await world.call(
      'PATCH',
      `${deployments}/parts/scale`,
      { spec: { replicas: 3 } },
      {
        'content-type': 'application/merge-patch+json',
        'user-agent': 'kubectl/v1.35.0',
      },
    );
    const { body } = await merge(
      `${deployments}/parts/status`,
      { status: { observedGeneration: 1 } },
      'fieldManager=kube-controller-manager',
    );
    expect(managers(body)).toEqual(['a Update apps/v1', 'kube-controller-manager Update apps/v1 status', 'kubectl Update apps/v1 scale']);
  });

  test('and the resourceVersion stay where an update changes nothing', async () => {
    const object = await world.create(`${configMaps}?fieldManager=a`, config('same', { a: '1' }));
    world.nowMs += 5000;
    const put = await world.call('PUT', `${configMaps}/same?fieldManager=b`, config('same', { a: '1' }));
    expect(put.body).toEqual(object);
    const applied = await apply(`${configMaps}/same`, config('same', { a: '1' }));
    expect(managers(applied.body)).toEqual(['kubectl Apply v1', 'a Update v1']);
    world.nowMs += 5000;
    expect((await apply(`${configMaps}/same`, config('same', { a: '1' }))).body).toEqual(applied.body);
  });

  test('are reset by [{}], kept when a client leaves them out or sends []', async () => {
    await world.create(`${configMaps}?fieldManager=a`, config('reset', { a: '1' }));
    for (const managedFields of [[], undefined]) {
      const { body } = await world.call('PUT', `${configMaps}/reset?fieldManager=b`, config('reset', { a: '1' }, { managedFields }));
      expect(managers(body)).toEqual(['a Update v1']);
    }
    const { body } = await merge(`${configMaps}/reset`, { metadata: { managedFields: [{}] } });
    expect(body.metadata.managedFields).toBeUndefined();
    expect((await world.call('GET', `${configMaps}/reset`)).body.metadata.managedFields).toBeUndefined();
  });

  test('can be rewritten, as kubectl does when it moves from client-side to server-side apply', async () => {
    const { metadata } = await world.create(`${configMaps}?fieldManager=kubectl-client-side-apply`, config('moved', { a: '1', b: '1' }));
    const [entry] = metadata.managedFields;
    const value = [{ ...entry, manager: 'kubectl', operation: 'Apply' }];
    const patch = [
      { op: 'replace', path: '/metadata/managedFields', value },
      { op: 'replace', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    ];
    const asJsonPatch = { 'content-type': 'application/json-patch+json' };
    const { body } = await world.call('PATCH', `${configMaps}/moved`, patch, asJsonPatch);
    expect(managers(body)).toEqual(['kubectl Apply v1']);
    expect((await world.call('PATCH', `${configMaps}/moved`, patch, asJsonPatch)).status).toBe(409);
    expect((await apply(`${configMaps}/moved`, config('moved', { a: '1' }))).body.data).toEqual({ a: '1' });
  });

  test('of a client that sends another version name that one', async () => {
    const scaler = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h' },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
        targetCPUUtilizationPercentage: 50,
      },
    };
    const v1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
    const v2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
    expect(managers((await apply(`${v1}/h`, scaler, 'fieldManager=one')).body)).toEqual(['one Apply autoscaling/v1']);
    const changed = await merge(`${v2}/h`, { spec: { maxReplicas: 9 } }, 'fieldManager=two');
    expect(managers(changed.body)).toEqual(['one Apply autoscaling/v1', 'two Update autoscaling/v2']);
    const refused = await apply(`${v1}/h`, scaler, 'fieldManager=one');
    expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "two" using autoscaling/v2: .spec.maxReplicas');
  });
});

describe('apply', () => {
  test('creates with 201, answers 200 afterwards, removes what is dropped', async () => {
    const created = await apply(`${configMaps}/life`, config('life', { a: '1', b: '1' }));
    expect(created.status).toBe(201);
    const { status, body } = await apply(`${configMaps}/life`, config('life', { a: '2' }));
    expect([status, body.data]).toEqual([200, { a: '2' }]);
    expect(body.metadata.managedFields[0].fieldsV1).toEqual({ 'f:data': { 'f:a': {} } });
  });

  test('takes YAML, and JSON text of any layout', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: text\ndata:\n  a: "1"\n';
    expect((await apply(`${configMaps}/text`, yaml)).body.data).toEqual({ a: '1' });
  });

  test('conflicts in the words of Kubernetes, until it is forced', async () => {
    await world.create(`${deployments}?fieldManager=kubectl-edit`, web('fought', { replicas: 3 }));
    const { status, body } = await apply(`${deployments}/fought`, web('fought', { replicas: 2 }));
    expect(status).toBe(409);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl-edit" using apps/v1', field: '.spec.replicas' }],
      },
      code: 409,
    });
    const forced = await apply(`${deployments}/fought`, web('fought', { replicas: 2 }), 'fieldManager=kubectl&force=true');
    expect(forced.body.spec.replicas).toBe(2);
    expect(forced.body.metadata.managedFields[1].fieldsV1['f:spec']['f:replicas']).toBeUndefined();
  });

  test('of the same values in another form is no conflict and no change', async () => {
    const limits = { resources: { limits: { cpu: '0.5' } } };
    const env = (fieldRef: object) => ({ env: [{ name: 'IP', valueFrom: { fieldRef } }] });
    await world.create(
      `${deployments}?fieldManager=a`,
      web('forms', {}, { resources: { limits: { cpu: '500m' } }, ...env({ apiVersion: 'v1', fieldPath: 'status.podIP' }) }),
    );
    const { status, body } = await apply(`${deployments}/forms`, web('forms', {}, { ...limits, ...env({ fieldPath: 'status.podIP' }) }));
    expect([status, body.metadata.generation]).toEqual([200, 1]);
  });

  test('states uid and resourceVersion as preconditions', async () => {
    const absent = await apply(`${configMaps}/absent`, config('absent', {}, { uid: 'u1' }));
    expect([absent.status, absent.body.message]).toEqual([
      409,
      'Operation cannot be fulfilled on configmaps "absent": uid mismatch: the provided object specified uid u1, and no existing object was found',
    ]);
    const { metadata } = await world.create(configMaps, config('guarded', { a: '1' }));
    expect((await apply(`${configMaps}/guarded`, config('guarded', { b: '1' }, { uid: 'other' }))).status).toBe(409);
    const first = await apply(`${configMaps}/guarded`, config('guarded', { b: '1' }, { resourceVersion: metadata.resourceVersion }));
    expect(first.status).toBe(200);
    const second = await apply(`${configMaps}/guarded`, config('guarded', { c: '1' }, { resourceVersion: metadata.resourceVersion }));
    expect(second.status).toBe(409);
    expect(second.body.message).toContain('the object has been modified');
  });

  test('needs the right to create for what is not there', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] }];
    await world.create(`${rbac}/roles`, { metadata: { name: 'patcher' }, ...{ rules } });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'patcher' };
    const subjects = [{ kind: 'User', name: 'pat', apiGroup: 'rbac.authorization.k8s.io' }];
    await world.create(`${rbac}/rolebindings`, { metadata: { name: 'patcher' }, ...{ roleRef, subjects } });
    const headers = { authorization: `Bearer ${await world.tokenFor('pat', [])}`, 'content-type': 'application/apply-patch+yaml' };
    const as = (name: string) => world.call('PATCH', `${configMaps}/${name}?fieldManager=pat`, config(name, { a: '1' }), headers);
    expect((await as('denied')).body.message).toBe(
      'configmaps "denied" is forbidden: User "pat" cannot create resource "configmaps" in API group "" in the namespace "default"',
    );
    await world.create(configMaps, config('granted', {}));
    expect((await as('granted')).status).toBe(200);
  });

  test('with dryRun shows what would be, and writes nothing', async () => {
    const made = await apply(`${configMaps}/dry`, config('dry', { a: '1' }), 'fieldManager=x&dryRun=All');
    expect([made.status, managers(made.body)]).toEqual([201, ['x Apply v1']]);
    expect((await world.call('GET', `${configMaps}/dry`)).status).toBe(404);
    await apply(`${configMaps}/dry`, config('dry', { a: '1' }));
    expect((await apply(`${configMaps}/dry`, config('dry', { a: '2' }), 'fieldManager=kubectl&dryRun=All')).body.data).toEqual({ a: '2' });
    expect((await world.call('GET', `${configMaps}/dry`)).body.data).toEqual({ a: '1' });
  });

  test('on /status owns status alone, on the object everything else', async () => {
    await apply(`${deployments}/split`, { ...web('split'), status: { replicas: 7 } });
    const { body } = await apply(
      `${deployments}/split/status`,
      { ...web('split', { replicas: 9 }), status: { replicas: 1 } },
      'fieldManager=c',
    );
    expect([body.spec.replicas, body.status.replicas]).toEqual([1, 1]);
    expect(body.metadata.managedFields.map((e: any) => [e.manager, e.subresource, Object.keys(e.fieldsV1)])).toEqual([
      ['c', 'status', ['f:status']],
      ['kubectl', undefined, ['f:spec']],
    ]);
    expect((await apply(`${deployments}/nowhere/status`, web('nowhere'))).status).toBe(404);
  });

  test('on /scale shares spec.replicas with the object', async () => {
    await apply(`${deployments}/scaled`, web('scaled', { replicas: 1 }), 'fieldManager=owner');
    const scale = (replicas: number) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'scaled' }, spec: { replicas } });
    const refused = await apply(`${deployments}/scaled/scale`, scale(4), 'fieldManager=hpa');
    expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "owner": .spec.replicas');
    expect((await apply(`${deployments}/scaled/scale`, scale(4), 'fieldManager=hpa&force=true')).body.spec.replicas).toBe(4);
    const { body } = await world.call('GET', `${deployments}/scaled`);
    expect(managers(body)).toEqual(['hpa Apply apps/v1 scale', 'owner Apply apps/v1']);
    const back = await apply(`${deployments}/scaled`, web('scaled', { replicas: 1 }), 'fieldManager=owner');
    expect(back.body.message).toBe('Apply failed with 1 conflict: conflict with "hpa" with subresource "scale": .spec.replicas');
  });

  test('by kubectl takes fields of its own client-side apply over, and keeps the annotation', async () => {
    const key = 'kubectl.kubernetes.io/last-applied-configuration';
    const last = config('lastly', { a: '1' });
    await world.create(`${configMaps}?fieldManager=kubectl-client-side-apply`, {
      ...last,
      metadata: { name: 'lastly', annotations: { [key]: JSON.stringify(last) } },
    } as any);
    const { status, body } = await apply(`${configMaps}/lastly`, config('lastly', { a: '2' }));
    expect(status).toBe(200);
    expect(body.metadata.annotations[key]).toBe(
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"lastly","namespace":"default"}}\n',
    );
    await merge(`${configMaps}/lastly`, { data: { a: '3' } });
    expect((await apply(`${configMaps}/lastly`, config('lastly', { a: '4' }))).status).toBe(409);
  });
});

describe('what is refused', () => {
  const cases: readonly (readonly [name: string, body: unknown, query: string, status: number, message: string])[] = [
    [
      'no manager',
      config('r', {}),
      '',
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    [
      'a long manager',
      config('r', {}),
      `fieldManager=${'x'.repeat(129)}`,
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'an unprintable manager',
      config('r', {}),
      'fieldManager=a%0Ab',
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\nb": should only contain printable characters',
    ],
    [
      'another version',
      { ...config('r', {}), apiVersion: 'v2' },
      'fieldManager=x',
      400,
      'Incorrect version specified in apply patch. Specified patch version: v2, expected: v1',
    ],
    ['managedFields', config('r', {}, { managedFields: [] }), 'fieldManager=x', 400, 'metadata.managedFields must be nil'],
    ['another name', config('q', {}), 'fieldManager=x', 400, 'the name of the object (q) does not match the name on the URL (r)'],
    [
      'an undeclared field',
      { ...config('r', {}), spec: {} },
      'fieldManager=x',
      400,
      'failed to create typed patch object (default/r; v1, Kind=ConfigMap): .spec: field not declared in schema',
    ],
    [
      'a key twice',
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"r"},"data":{"a":"1","a":"2"}}',
      'fieldManager=x&fieldValidation=Strict',
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
    ],
    ['no object', '[]', 'fieldManager=x', 400, 'error decoding YAML: the configuration is not an object'],
  ];
  test.each(cases)('%s', async (_name, body, query, status, message) => {
    const answer = await apply(`${configMaps}/r`, body, query);
    expect([answer.status, answer.body.message]).toEqual([status, message]);
  });

  test('items of one key, and items without one', async () => {
    const twice = web('r', {
      template: {
        spec: {
          containers: [
            { name: 'a', image: 'x' },
            { name: 'a', image: 'y' },
          ],
        },
      },
    });
    const kind = 'failed to create typed patch object (default/r; apps/v1, Kind=Deployment): .spec.template.spec.containers';
    expect((await apply(`${deployments}/r`, twice)).body.message).toBe(`${kind}: duplicate entries for key [name="a"]`);
    const nameless = web('r', { template: { spec: { containers: [{ image: 'x' }] } } });
    expect((await apply(`${deployments}/r`, nameless)).body.message).toContain(
      `${kind}: element 0: associative list with keys has an element that omits all key fields ["name"]`,
    );
  });

  test('CBOR, and force of a patch that is no apply', async () => {
    const cbor = await world.call('PATCH', `${configMaps}/r?fieldManager=x`, '{}', { 'content-type': 'application/apply-patch+cbor' });
    expect(cbor.body.message).toContain('application/strategic-merge-patch+json, application/apply-patch+yaml');
    expect(cbor.status).toBe(415);
    expect((await merge(`${configMaps}/r`, {}, 'force=true')).body.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
  });

  test('a strategic merge of what has no merge keys', async () => {
    const request = new Request('http://x/', {
      method: 'PATCH',
      body: '{}',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    await expect(readPatch(request, { schema: ConfigMap, kind: 'Widget', strategic: false })).rejects.toMatchObject({
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    });
  });

  test('a key twice is a warning where that is asked for', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: warned}\ndata:\n  a: "1"\n  a: "2"\n';
    const { status, headers, body } = await apply(`${configMaps}/warned`, text, 'fieldManager=x&fieldValidation=Warn');
    expect([status, body.data, headers.get('warning')]).toEqual([201, { a: '2' }, '299 - "line 6: key \\"a\\" already set in map"']);
    expect((await apply(`${configMaps}/warned`, text, 'fieldManager=x&fieldValidation=Strict')).status).toBe(400);
  });
});
