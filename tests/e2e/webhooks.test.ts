/**
 * Webhooks and an aggregated API in a pod of the cluster, reached through the agent, and a webhook outside by its URL: with the real kubectl, for clients
 * and for the control plane's own writes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chosenPlatform, startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { serverCertificate } from '../harness/test-authority.ts';
import { patchOf, review, startWebhookServer, type WebhookServer } from '../harness/webhook-server.ts';

let cluster: TestCluster;
let outside: WebhookServer;
let caBundle: string;

/** What runs in the pod. */
const program = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';
const answers = {
  '/mutate': ({ request }) => ({
    ...admission(request, true),
    ...patch([{ op: 'add', path: '/metadata/labels/injected', value: 'by-' + request.operation.toLowerCase() }]),
    warnings: ['labelled by a webhook'],
  }),
  '/validate': ({ request }) => ({
    ...admission(request, request.object.metadata.labels?.deny === undefined),
    status: { message: 'not here', code: 403, reason: 'Forbidden' },
  }),
};
const admission = ({ uid }, allowed) => ({ uid, allowed });
const patch = (operations) => ({ patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') });
const convert = (object, apiVersion) => {
  const { seconds, minutes } = object.spec;
  return { ...object, apiVersion, spec: apiVersion.endsWith('v1') ? { minutes: minutes ?? seconds / 60 } : { seconds: seconds ?? minutes * 60 } };
};
const root = '/apis/clock.example.com/v1';
const resources = [{ name: 'times', singularName: 'time', namespaced: false, kind: 'Time', verbs: ['get', 'list'] }];
const serve = async (request) => {
  const path = request.url.split('?')[0];
  if (path === root) return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'clock.example.com/v1', resources };
  if (path.startsWith(root)) {
    const user = request.headers['x-remote-user'];
    return { kind: 'TimeList', apiVersion: 'clock.example.com/v1', metadata: {}, items: [{ metadata: { name: 'now', annotations: { user } } }] };
  }
  if (request.method !== 'POST') return {};
  const body = await json(request);
  const { apiVersion, kind } = body;
  if (path === '/convert') {
    const { uid, objects, desiredAPIVersion } = body.request;
    const convertedObjects = objects.map((object) => convert(object, desiredAPIVersion));
    return { apiVersion, kind, response: { uid, convertedObjects, result: { status: 'Success' } } };
  }
  return { apiVersion, kind, response: answers[path](body) };
};
const at = (name) => readFileSync('/etc/hooks/' + name);
createServer({ cert: at('tls.crt'), key: at('tls.key') }, async (request, response) => {
  const answer = await serve(request).catch((error) => ({ error: String(error) }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}).listen(8443);
process.on('SIGTERM', () => process.exit(0));
`;

const apply = (...objects: object[]) =>
  cluster.ok('apply -f -', { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
const v1 = (kind: string, name: string, more: object = {}, namespace?: string) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}) },
  ...more,
});
const hook = (path: string, more: object = {}) => ({
  name: `${path}.hooks.example.com`,
  clientConfig: { service: { namespace: 'default', name: 'hooks', path: `/${path}` }, caBundle },
  rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
  namespaceSelector: { matchLabels: { guarded: 'yes' } },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  timeoutSeconds: 30,
  ...more,
});
const configuration = (kind: string, name: string, ...webhooks: object[]) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${kind}WebhookConfiguration`,
  metadata: { name },
  webhooks,
});
const container = { name: 'c', image: 'busybox:latest', imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] };
const deployment = (name: string, labels: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'guarded' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name, ...labels } }, spec: { containers: [container], terminationGracePeriodSeconds: 0 } },
  },
});

beforeAll(async () => {
  [cluster, outside] = await Promise.all([startCluster({ name: 'hook' }), startWebhookServer()]);
  const certificate = await serverCertificate(['hooks.default.svc']);
  caBundle = certificate.caBundle;
  const data = { 'main.mjs': program, 'tls.crt': certificate.cert, 'tls.key': certificate.key };
  await apply(
    v1('Namespace', 'guarded', { metadata: { name: 'guarded', labels: { guarded: 'yes' } } }),
    v1('ConfigMap', 'hooks', { data }, 'default'),
    v1(
      'Pod',
      'hooks',
      {
        metadata: { name: 'hooks', namespace: 'default', labels: { app: 'hooks' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'node',
              image: 'node:24',
              imagePullPolicy: 'IfNotPresent',
              command: ['node', '/etc/hooks/main.mjs'],
              readinessProbe: {
                httpGet: { scheme: 'HTTPS', port: 8443, path: '/' },
                periodSeconds: 1,
                timeoutSeconds: 10,
                failureThreshold: 10,
              },
              volumeMounts: [{ name: 'hooks', mountPath: '/etc/hooks' }],
            },
          ],
          volumes: [{ name: 'hooks', configMap: { name: 'hooks' } }],
        },
      },
      'default',
    ),
    v1('Service', 'hooks', { spec: { selector: { app: 'hooks' }, ports: [{ port: 443, targetPort: 8443 }] } }, 'default'),
  );
  await cluster.ok('wait pod/hooks --for=condition=Ready --timeout=90s');
  await waitFor('an endpoint', async () =>
    (await cluster.ok('get endpointslices -l kubernetes.io/service-name=hooks -o yaml')).includes('ready: true'),
  );
  await apply(configuration('Mutating', 'mutate', hook('mutate')), configuration('Validating', 'validate', hook('validate')));
}, 240_000);
afterAll(async () => {
  await cluster?.stop();
  await outside?.close();
});

describe('a Service of the cluster', () => {
  test('changes what a client creates, and refuses it', async () => {
    const pod = JSON.stringify(v1('Pod', 'plain', { spec: { containers: [container] } }, 'guarded'));
    const labelled = JSON.stringify(
      v1('Pod', 'bad', { metadata: { name: 'bad', namespace: 'guarded', labels: { deny: 'me' } }, spec: { containers: [container] } }),
    );
    // a patch into labels that are not there cannot be applied
    const broken = await cluster.kubectl('create --dry-run=server -f -', { input: pod });
    expect(broken.stderr).toMatch(
      /^Warning: labelled by a webhook\nError from server \(InternalError\): error when creating "STDIN": Internal error occurred: add operation does not apply/,
    );
    const refused = await cluster.kubectl('create -f -', { input: labelled });
    expect([refused.code, refused.stderr]).toEqual([
      1,
      'Warning: labelled by a webhook\nError from server (Forbidden): error when creating "STDIN": admission webhook "validate.hooks.example.com" denied the request: not here\n',
    ]);
    const run = await cluster.kubectl('run one --image=busybox:latest --dry-run=server -n guarded -o jsonpath={.metadata.labels}');
    expect([run.stdout, run.stderr]).toEqual(['{"injected":"by-create","run":"one"}', 'Warning: labelled by a webhook\n']);
  });

  test('the pods of a Deployment pass it; what it refuses is an event', async () => {
    await apply(deployment('good', {}), deployment('denied', { deny: 'me' }));
    await cluster.ok('rollout status deployment/good -n guarded --timeout=90s');
    expect(await cluster.ok('get pods -n guarded -l app=good -o jsonpath={.items[*].metadata.labels.injected}')).toBe('by-create');
    await waitFor('the event', async () =>
      (await cluster.ok('get events -n guarded --field-selector reason=FailedCreate')).includes('denied the request'),
    );
    const told = (
      await cluster.ok([
        'get',
        'events',
        '-n',
        'guarded',
        '--field-selector',
        'reason=FailedCreate',
        '-o',
        'jsonpath={range .items[*]}{.involvedObject.kind}|{.message}{"\\n"}{end}',
      ])
    ).split('\n');
    const refusal = /^ReplicaSet\|.*admission webhook "validate.hooks.example.com" denied the request: not here/;
    expect(told).toContainEqual(expect.stringMatching(refusal));
    await cluster.ok('delete deployment good denied -n guarded');
  });

  test('converts a custom resource', async () => {
    const version = (name: string, storage: boolean, field: string) => ({
      name,
      storage,
      served: true,
      schema: {
        openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { [field]: { type: 'integer' } } } } },
      },
      additionalPrinterColumns: [{ name: field, type: 'integer', jsonPath: `.spec.${field}` }],
    });
    const service = { namespace: 'default', name: 'hooks', path: '/convert' };
    await apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'timers.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'timers', kind: 'Timer' },
        versions: [version('v1', true, 'minutes'), version('v2', false, 'seconds')],
        conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { service, caBundle } } },
      },
    });
    await cluster.ok('wait crd/timers.example.com --for=condition=Established --timeout=60s');
    await apply({ apiVersion: 'example.com/v1', kind: 'Timer', metadata: { name: 'egg' }, spec: { minutes: 5 } });
    await apply({ apiVersion: 'example.com/v2', kind: 'Timer', metadata: { name: 'tea' }, spec: { seconds: 180 } });
    const columns = async (version: string) =>
      (await cluster.ok(`get timers.${version}.example.com --no-headers`)).replaceAll(/ +/g, ' ').split('\n').slice(0, 2);
    expect([await columns('v1'), await columns('v2')]).toEqual([
      ['egg 5', 'tea 3'],
      ['egg 300', 'tea 180'],
    ]);
  });

  test('serves an API of its own', async () => {
    await apply({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1.clock.example.com' },
      spec: {
        ...{ group: 'clock.example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 100, caBundle },
        service: { namespace: 'default', name: 'hooks' },
      },
    });
    await cluster.ok('wait apiservice/v1.clock.example.com --for=condition=Available --timeout=60s');
    await waitFor(
      'its resources in discovery',
      async () => (await cluster.kubectl('api-resources --api-group=clock.example.com -o name')).stdout === 'times.clock.example.com\n',
    );
    expect(await cluster.ok('get times -o jsonpath={.items[0].metadata.annotations.user}')).toBe('kubernetes-admin');
    await cluster.ok('delete apiservice v1.clock.example.com');
  });
});

test('a webhook outside, by its URL and with its own CA', async () => {
  outside.answers['/outside'] = (body) => review(body, { ...patchOf({ op: 'add', path: '/data', value: { from: 'outside' } }) });
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }];
  const clientConfig = { url: `${outside.url}/outside`, caBundle: outside.caBundle };
  await apply(configuration('Mutating', 'outside', hook('outside', { rules, clientConfig })));
  const { stdout, stderr } = await cluster.kubectl('create configmap x -n guarded -o jsonpath={.data}');
  if (chosenPlatform === 'workerd') {
    // fetch of a Worker trusts whom the public trusts
    expect(stderr).toContain('a clientConfig with url and caBundle cannot be called from Cloudflare Workers: use clientConfig.service');
    return;
  }
  expect(stdout).toBe('{"from":"outside"}');
  expect(outside.heard[0]!.body.request.userInfo.username).toBe('kubernetes-admin');
});

test('when it is gone, what it guards is refused in the words of Kubernetes', async () => {
  await cluster.ok('delete pod hooks --now');
  let stderr = '';
  await waitFor(
    'the endpoint to go',
    async () => {
      ({ stderr } = await cluster.kubectl('run two --image=busybox:latest -n guarded --dry-run=server'));
      return stderr.includes('no endpoints available');
    },
    { timeoutMs: 150_000 },
  );
  expect(stderr).toBe(
    'Error from server (InternalError): Internal error occurred: failed calling webhook "mutate.hooks.example.com": failed to call webhook: Post "https://hooks.default.svc:443/mutate?timeout=30s": no endpoints available for service "hooks"\n',
  );
});
