/** Webhooks over the real API server and registry: a real HTTPS server with a CA of its own answers. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHookWorld, type HookWorld } from '#tests/harness/hook-world.ts';
import { patchOf, review, type WebhookServer } from '#tests/harness/webhook-server.ts';
import { podNamed, type World } from '../../apiserver/testing.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const podsPath = '/api/v1/namespaces/default/pods';

let hooks: HookWorld;
let world: World;
let server: WebhookServer;
beforeAll(async () => {
  hooks = await createHookWorld();
  ({ world, server } = hooks);
});
afterAll(() => hooks.close());
beforeEach(() => hooks.reset());

const hook: HookWorld['hook'] = (...args) => hooks.hook(...args);
const configure: HookWorld['configure'] = (...args) => hooks.configure(...args);
const answers: HookWorld['answers'] = (...args) => hooks.answers(...args);
const sent: HookWorld['sent'] = (path) => hooks.sent(path);
let count = 0;
const nextPod = (labels: Record<string, string> = {}) => podNamed(`pod-${count++}`, labels);

describe('validating', () => {
  test('sees the whole request, and its refusal is worded as Kubernetes words it', async () => {
    answers('/check', () => ({ allowed: false, status: { message: 'no such thing', code: 403, reason: 'Forbidden' } }));
    await configure('validating', 'check', hook('/check'));
    const pod = nextPod({ app: 'web' });
    const refused = await world.call('POST', `${podsPath}?fieldManager=me&dryRun=All`, pod);
    expect(refused.body).toMatchObject({
      message: 'admission webhook "check.example.com" denied the request: no such thing',
      reason: 'Forbidden',
      code: 403,
    });
    const [request] = sent('/check');
    expect(request).toMatchObject({
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      name: pod.metadata!.name,
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'admin' },
      oldObject: null,
      dryRun: true,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me', dryRun: ['All'] },
    });
    // validating webhooks see what built-in admission and defaults made of it
    expect(request.object).toMatchObject({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { restartPolicy: 'Always', serviceAccountName: 'default' },
    });
    expect((await world.call('GET', `${podsPath}/${pod.metadata!.name}`)).status).toBe(404);
  });

  test.each([
    [{ allowed: false }, 400, undefined, 'admission webhook "w.example.com" denied the request without explanation'],
    [{ allowed: false, status: { reason: 'Because' } }, 400, 'Because', 'admission webhook "w.example.com" denied the request: Because'],
    [{ allowed: false, status: { code: 200, message: 'm' } }, 400, undefined, 'admission webhook "w.example.com" denied the request: m'],
  ])('refusal %#', async (response, code, reason, message) => {
    answers('/w', () => response);
    await configure('validating', 'w', hook('/w'));
    const { status, body } = await world.call('POST', podsPath, nextPod());
    expect([status, body.reason, body.message]).toEqual([code, reason, message]);
  });

  test('several are asked at once; the first in order speaks', async () => {
    const arrived: (() => void)[] = [];
    for (const path of ['/one', '/two']) answers(path, () => ({ allowed: false, status: { message: path }, warnings: [`from ${path}`] }));
    await configure('validating', 'b', hook('/two'));
    await configure('validating', 'a', hook('/one'));
    const { body, headers } = await world.call('POST', podsPath, nextPod());
    expect(body.message).toContain('"one.example.com" denied the request: /one');
    expect(headers.get('warning')).toContain('from /two');
    expect(arrived).toEqual([]);
  });

  test('updates, deletes, status and scale are told apart', async () => {
    for (const path of ['/all']) answers(path, () => ({}));
    const pod = await world.create(podsPath, nextPod());
    await configure('validating', 'all', hook('/all', { operations: ['*'], resources: ['*/*'] }));
    const at = `${podsPath}/${pod.metadata.name}`;
    const merge = { 'content-type': 'application/merge-patch+json' };
    await world.call('PATCH', at, { metadata: { labels: { a: 'b' } } }, merge);
    await world.call('PATCH', `${at}/status`, { status: { message: 'hm' } }, merge);
    await world.create('/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    await world.call('PATCH', '/apis/apps/v1/namespaces/default/deployments/web/scale', { spec: { replicas: 3 } }, merge);
    await world.call('DELETE', at, { gracePeriodSeconds: 0 });
    await world.call('DELETE', '/apis/apps/v1/namespaces/default/deployments/web');
    expect(sent('/all').map((r) => [r.operation, r.resource.resource, r.subResource, r.kind.kind, r.name])).toEqual([
      ['UPDATE', 'pods', undefined, 'Pod', pod.metadata.name],
      ['UPDATE', 'pods', 'status', 'Pod', pod.metadata.name],
      ['CREATE', 'deployments', undefined, 'Deployment', 'web'],
      ['UPDATE', 'deployments', 'scale', 'Scale', 'web'],
      ['DELETE', 'pods', undefined, 'Pod', pod.metadata.name],
      ['DELETE', 'deployments', undefined, 'Deployment', 'web'],
    ]);
    const [update, , , scale, remove] = sent('/all');
    expect([update.oldObject.metadata.labels, update.object.metadata.labels]).toEqual([undefined, { a: 'b' }]);
    expect([scale.oldObject.spec.replicas, scale.object.spec.replicas, scale.object.apiVersion]).toEqual([1, 3, 'autoscaling/v1']);
    expect([remove.object, remove.oldObject.metadata.uid, remove.options.gracePeriodSeconds]).toEqual([null, pod.metadata.uid, 0]);
  });

  test('streams, evictions and tokens are asked about as they are sent', async () => {
    const pod = await world.create(podsPath, nextPod());
    for (const path of ['/c']) answers(path, () => ({ allowed: false, status: { message: 'not today' } }));
    await configure(
      'validating',
      'c',
      hook('/c', { operations: ['CONNECT', 'CREATE'], resources: ['pods/exec', 'pods/eviction', 'serviceaccounts/token'] }),
    );
    const at = `${podsPath}/${pod.metadata.name}`;
    const exec = await world.call('GET', `${at}/exec?command=ls&command=-l&stdout=true&container=app`);
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod.metadata.name } };
    const evict = await world.call('POST', `${at}/eviction`, eviction);
    const token = await world.call('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    });
    expect([exec, evict, token].map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(sent('/c').map((r) => [r.operation, r.subResource, r.kind.kind])).toEqual([
      ['CONNECT', 'exec', 'PodExecOptions'],
      ['CREATE', 'eviction', 'Eviction'],
      ['CREATE', 'token', 'TokenRequest'],
    ]);
    expect(sent('/c')[0].object).toEqual({
      kind: 'PodExecOptions',
      apiVersion: 'v1',
      stdout: true,
      container: 'app',
      command: ['ls', '-l'],
    });
  });

  test('selectors and scope', async () => {
    answers('/s', () => ({ allowed: false, status: { message: 'selected' } }));
    await world.create('/api/v1/namespaces', { metadata: { name: 'guarded', labels: { guard: 'yes' } } });
    await world.create('/api/v1/namespaces/guarded/serviceaccounts', { metadata: { name: 'default' } });
    await configure(
      'validating',
      's',
      hook('/s', {
        operations: ['CREATE', 'UPDATE'],
        resources: ['pods', 'namespaces'],
        namespaceSelector: { matchLabels: { guard: 'yes' } },
        objectSelector: { matchExpressions: [{ key: 'free', operator: 'DoesNotExist' }] },
      }),
    );
    const guarded = '/api/v1/namespaces/guarded/pods';
    expect((await world.call('POST', podsPath, nextPod())).status).toBe(201);
    expect((await world.call('POST', guarded, nextPod())).status).toBe(400);
    expect((await world.call('POST', guarded, nextPod({ free: '1' }))).status).toBe(201);
    expect((await world.call('POST', '/api/v1/namespaces', { metadata: { name: 'n1', labels: { guard: 'yes' } } })).status).toBe(400);
    expect((await world.call('POST', '/api/v1/namespaces', { metadata: { name: 'n1' } })).status).toBe(201);
  });

  test('equivalent versions are asked about in the version of the rule, exact ones are not', async () => {
    answers('/eq', () => ({}));
    answers('/exact', () => ({}));
    const rules = [{ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'], operations: ['CREATE'] }];
    await configure('validating', 'v', hook('/eq', { rules }), hook('/exact', { rules, matchPolicy: 'Exact' }));
    await world.create('/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', {
      metadata: { name: 'h' },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' } },
    });
    expect(sent('/exact')).toEqual([]);
    expect(sent('/eq')[0]).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1' },
      requestKind: { group: 'autoscaling', version: 'v2' },
      object: { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler' },
    });
  });

  test('fields that only the version names which was sent are seen, in whatever version the webhook is asked', async () => {
    const names = { plural: 'dials', singular: 'dial', kind: 'Dial', listKind: 'DialList' };
    const fields = (more: object) => ({ type: 'object', properties: { count: { type: 'integer' }, ...more } });
    const version = (name: string, more: object, required: string[]) => ({
      ...{ name, served: true, storage: name === 'v1' },
      schema: { openAPIV3Schema: { type: 'object', properties: { spec: { ...fields(more), required } } } },
    });
    const mode = { mode: { type: 'string' }, unit: { type: 'string', default: 'm' } };
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const crd = await world.create(crds, {
      metadata: { name: 'dials.example.com' },
      spec: { group: 'example.com', scope: 'Namespaced', names, versions: [version('v1', {}, []), version('v2', mode, ['mode'])] },
    } as any);
    crd.status = { ...crd.status, conditions: [{ type: 'Established', status: 'True' }], acceptedNames: names };
    expect((await world.call('PUT', `${crds}/dials.example.com/status`, crd)).status).toBe(200);
    const rules = (name: string) => [
      { apiGroups: ['example.com'], apiVersions: [name], resources: ['dials'], operations: ['CREATE', 'UPDATE'] },
    ];
    answers('/v2', () => patchOf({ op: 'replace', path: '/spec/mode', value: 'slow' }));
    answers('/v1', () => patchOf({ op: 'add', path: '/spec/count', value: 7 }));
    answers('/exact', () => ({}));
    answers('/last', () => ({}));
    await configure('mutating', 'm', hook('/v2', { rules: rules('v2') }), hook('/v1', { rules: rules('v1') }));
    await configure(
      'validating',
      'v',
      hook('/exact', { rules: rules('v1'), matchPolicy: 'Exact' }),
      hook('/last', { rules: rules('v2'), matchPolicy: 'Exact' }),
    );
    const dials = '/apis/example.com/v2/namespaces/default/dials';
    const dial = { apiVersion: 'example.com/v2', kind: 'Dial', metadata: { name: 'd' }, spec: { mode: 'fast', count: 1 } };
    const made = await world.create(dials, dial as any);
    expect(sent('/v2')[0].object).toMatchObject({ apiVersion: 'example.com/v2', spec: { mode: 'fast', count: 1, unit: 'm' } });
    expect(sent('/v1')[0].object).toMatchObject({ apiVersion: 'example.com/v1', spec: { mode: 'slow', count: 1, unit: 'm' } });
    expect(sent('/last')[0].object).toMatchObject({ apiVersion: 'example.com/v2', spec: { mode: 'slow', count: 7, unit: 'm' } });
    expect(sent('/exact')).toEqual([]);
    // the stored version knows nothing of them
    expect(made.spec).toEqual({ count: 7 });
    const put = await world.call('PUT', `${dials}/d`, { ...made, spec: { mode: 'fast', count: 2 } });
    expect([put.status, sent('/last')[1].object.spec]).toEqual([200, { mode: 'slow', count: 7, unit: 'm' }]);
    expect(sent('/last')[1].oldObject).toMatchObject({ apiVersion: 'example.com/v2', spec: { count: 7 } });
  });

  test('what configures admission is never asked about', async () => {
    answers('/x', () => ({ allowed: false }));
    await configure('validating', 'x', hook('/x', { operations: ['*'], resources: ['*/*'] }));
    expect((await world.call('DELETE', `${group}/validatingwebhookconfigurations/x`)).status).toBe(200);
  });
});

describe('failures', () => {
  const broken = (body: any, change: object) => ({ ...(review(body, {}) as object), ...change });
  test.each([
    ['gone', (): unknown => 'not json', /^failed calling webhook "gone\.example\.com": failed to call webhook: couldn't decode the answer/],
    [
      'absent',
      (body: any): unknown => broken(body, { response: undefined }),
      /received invalid webhook response: webhook response was absent$/,
    ],
    ['uid', (body: any): unknown => review(body, { uid: 'x' }), /expected response\.uid="[\w-]+", got "x"$/],
    [
      'version',
      (body: any): unknown => broken(body, { apiVersion: 'admission.k8s.io/v1beta1' }),
      /expected webhook response of admission\.k8s\.io\/v1, Kind=AdmissionReview, got admission\.k8s\.io\/v1beta1, Kind=AdmissionReview$/,
    ],
    ['patch', (body: any): unknown => review(body, patchOf()), /validating webhook may not return response\.patch$/],
  ])('%s', async (path, answer, message) => {
    server.answers[`/${path}`] = answer;
    await configure('validating', path, hook(`/${path}`));
    const { status, body } = await world.call('POST', podsPath, nextPod());
    expect([status, body.reason]).toEqual([500, 'InternalError']);
    expect(body.message.replace('Internal error occurred: ', '')).toMatch(message);
  });

  test('no answer in time, or nobody there: Fail refuses, Ignore goes on', async () => {
    await configure('validating', 'late', hook('/late', { timeoutSeconds: 1 }));
    const late = await world.call('POST', podsPath, nextPod());
    expect(late.body.message).toBe(
      `Internal error occurred: failed calling webhook "late.example.com": failed to call webhook: Post "${server.url}/late?timeout=1s": context deadline exceeded`,
    );
    await world.call('DELETE', `${group}/validatingwebhookconfigurations/late`);
    const nowhere = { clientConfig: { url: 'https://127.0.0.1:1/x', caBundle: server.caBundle } };
    await configure('validating', 'nowhere', hook('/nowhere', nowhere));
    expect((await world.call('POST', podsPath, nextPod())).body.message).toMatch(
      /Post "https:\/\/127\.0\.0\.1:1\/x\?timeout=10s": .*ECONNREFUSED/,
    );
    await world.call('DELETE', `${group}/validatingwebhookconfigurations/nowhere`);
    await configure('validating', 'ignored', hook('/ignored', { ...nowhere, failurePolicy: 'Ignore' }));
    expect((await world.call('POST', podsPath, nextPod())).status).toBe(201);
  });

  test('the certificate must lead to the CA', async () => {
    answers('/tls', () => ({}));
    await configure('validating', 'tls', hook('/tls', { clientConfig: { url: `${server.url}/tls` } }));
    expect((await world.call('POST', podsPath, nextPod())).body.message).toMatch(/unable to verify|self-signed|local issuer/);
    expect(server.heard).toEqual([]);
  });
});

describe('mutating', () => {
  test('in order, each sees the last; the result is defaulted, validated and stored', async () => {
    answers('/first', () => patchOf({ op: 'add', path: '/metadata/annotations', value: { seen: 'first' } }));
    answers('/second', ({ request }) => ({
      ...patchOf(
        { op: 'replace', path: '/metadata/annotations/seen', value: `${request.object.metadata.annotations.seen}+second` },
        { op: 'add', path: '/spec/containers/-', value: { name: 'side', image: 'car', ports: [{ containerPort: 80 }] } },
        { op: 'add', path: '/spec/unknown', value: 'pruned' },
      ),
      warnings: ['a side car came along'],
    }));
    await configure('mutating', 'b', hook('/second'));
    await configure('mutating', 'a', hook('/first'));
    const { status, body, headers } = await world.call('POST', podsPath, nextPod());
    expect(status).toBe(201);
    expect(headers.get('warning')).toBe('299 - "a side car came along"');
    expect(body.metadata.annotations).toEqual({ seen: 'first+second' });
    expect(body.spec.containers[1]).toMatchObject({
      name: 'side',
      imagePullPolicy: 'Always',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      // built-in steps run again over what webhooks added
      volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
    });
    expect(body.spec.unknown).toBeUndefined();
    // before a create is complete nobody knows its uid
    expect(sent('/first')[0].object.metadata.uid).toBeUndefined();
    // fields belong to whoever sent them: what webhooks added is nobody's
    expect(JSON.stringify(body.metadata.managedFields)).not.toContain('f:annotations');
  });

  test('an invalid result, and a patch that cannot be applied', async () => {
    answers('/bad', () => patchOf({ op: 'replace', path: '/spec/restartPolicy', value: 'Sometimes' }));
    await configure('mutating', 'bad', hook('/bad'));
    const invalid = await world.call('POST', podsPath, nextPod());
    expect([invalid.status, invalid.body.message]).toEqual([
      422,
      expect.stringContaining('spec.restartPolicy: Unsupported value: "Sometimes"'),
    ]);
    for (const operation of [
      { op: 'remove', path: '/spec/nothing' },
      { op: 'add', path: '/__proto__/polluted', value: true },
      { op: 'replace', path: '/spec/containers', value: 7 },
    ]) {
      answers('/bad', () => patchOf(operation));
      expect((await world.call('POST', podsPath, nextPod())).status).toBe(500);
    }
    expect(({} as any).polluted).toBeUndefined();
  });

  test('identity and status stay the server’s', async () => {
    answers('/id', () =>
      patchOf(
        { op: 'add', path: '/metadata/uid', value: 'mine' },
        { op: 'replace', path: '/metadata/name', value: 'other' },
        { op: 'add', path: '/status', value: { phase: 'Running' } },
      ),
    );
    await configure('mutating', 'id', hook('/id'));
    const pod = nextPod();
    const { body } = await world.call('POST', podsPath, pod);
    expect([body.metadata.name, body.metadata.uid === 'mine', body.status.phase]).toEqual([pod.metadata!.name, false, 'Pending']);
  });

  test('IfNeeded is asked again when a later webhook changed the object, Never is not', async () => {
    answers('/again', () => ({}));
    answers('/never', () => ({}));
    answers('/label', () => patchOf({ op: 'add', path: '/metadata/labels', value: { late: 'yes' } }));
    await configure(
      'mutating',
      'r',
      hook('/again', { reinvocationPolicy: 'IfNeeded' }),
      hook('/never'),
      hook('/label', { reinvocationPolicy: 'IfNeeded' }),
    );
    await world.create(podsPath, podNamed('reinvoked'));
    expect(server.heard.map(({ path }) => path)).toEqual(['/again', '/never', '/label', '/again']);
    expect(sent('/again')[1].object.metadata.labels).toEqual({ late: 'yes' });
  });

  test('updates and deletes; a delete cannot be patched', async () => {
    const pod = await world.create(podsPath, nextPod());
    answers('/u', () => patchOf({ op: 'add', path: '/metadata/labels', value: { touched: 'yes' } }));
    await configure('mutating', 'u', hook('/u', { operations: ['UPDATE', 'DELETE'] }));
    const at = `${podsPath}/${pod.metadata.name}`;
    const merge = { 'content-type': 'application/merge-patch+json' };
    const patched = await world.call('PATCH', at, { metadata: { annotations: { a: 'b' } } }, merge);
    expect(patched.body.metadata).toMatchObject({ labels: { touched: 'yes' }, annotations: { a: 'b' } });
    const refused = await world.call('DELETE', at);
    expect([refused.status, refused.body.message]).toEqual([500, expect.stringContaining('attempted to modify the object')]);
  });
});
