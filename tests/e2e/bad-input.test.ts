/** What is wrong is refused in Kubernetes' words, by kubectl and over plain HTTP; the server stays up; a Secret's value lies nowhere in the cluster's folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { createTranscript, expectTranscript } from '../harness/transcript.ts';
import { type Platform, platforms } from './platforms.ts';

const deployment = (spec: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: odd }
spec:
  selector: { matchLabels: { app: odd } }
  template:
    metadata: { labels: { app: odd } }
    spec:
      containers: [{ name: main, image: nginx }]
${spec}`;

const pod = (fields: string, name = 'odd') => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
${fields}`;

const manifests: readonly (readonly [string, string])[] = [
  ['a tab in the indentation', 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: odd\n'],
  ['no kind', 'apiVersion: v1\nmetadata: { name: odd }\n'],
  ['an unknown field', deployment('  replica: 2\n')],
  ['an unknown field, deep', pod('  containers: [{ name: main, image: nginx, port: 80 }]\n')],
  ['an unknown kind', 'apiVersion: apps/v1\nkind: Deploiment\nmetadata: { name: odd }\n'],
  ['an unknown version', 'apiVersion: apps/v7\nkind: Deployment\nmetadata: { name: odd }\n'],
  ['negative replicas', deployment('  replicas: -1\n')],
  ['replicas in words', deployment('  replicas: two\n')],
  ['a selector that does not select', deployment('').replace('app: odd } }\n  template', 'app: other } }\n  template')],
  ['a capital in a name', pod('  containers: [{ name: main, image: nginx }]\n', 'Odd')],
  ['no containers', pod('  containers: []\n')],
  ['a container without an image', pod('  containers: [{ name: main }]\n')],
  ['an unknown restart policy', pod('  restartPolicy: Sometimes\n  containers: [{ name: main, image: nginx }]\n')],
  ['a port out of range', pod('  containers: [{ name: main, image: nginx, ports: [{ containerPort: 70000 }] }]\n')],
  ['a bad quantity', pod('  containers: [{ name: main, image: nginx, resources: { requests: { cpu: lots } } }]\n')],
  ['a namespace that is not there', pod('  containers: [{ name: main, image: nginx }]\n').replace('odd }', 'odd, namespace: nowhere }')],
];

/** Of a cluster that runs, files come and go: one that is gone holds nothing. */
const orGone = <T>(read: () => T, gone: T): T => {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return gone;
  }
};

const filesBelow = (dir: string): string[] =>
  orGone(() => readdirSync(dir, { withFileTypes: true }), []).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });

const suite = (platform: Platform) => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ name: 'bad', platform });
  });
  afterAll(() => cluster?.stop());

  it('refuses manifests in words that help', async () => {
    const session = createTranscript(cluster.kubectl, { masks: cluster.masks });
    for (const [what, input] of manifests) await session.run('create -f -', { input, as: `kubectl create -f - # ${what}` });
    await session.run('create deployment odd --image=nginx --replicas=-1');
    await session.run('run Odd --image=nginx');
    await session.run('run odd --image=NGINX:latest:again');
    await session.run('get pods --field-selector spec.color=blue');
    await session.run('get pods -l app=in=valid');
    await session.run(['create', '-f', '-', '--validate=warn'], {
      input: deployment('  replica: 2\n'),
      as: 'kubectl create -f - --validate=warn # an unknown field',
    });
    await session.run('scale deployment odd --replicas=-1');
    await session.run(['patch', 'deployment', 'odd', '-p', '{"spec":{"selector":{"matchLabels":{"app":"new"}}}}']);
    await session.run(['patch', 'deployment', 'odd', '--type=json', '-p', '[{"op":"remove","path":"/spec/nothing"}]']);
    await session.run('delete deployment odd');
    expectTranscript('bad-manifests', session);
  });

  it('shows a bad image name on the pod', async () => {
    await cluster.ok('create -f -', { input: pod('  containers: [{ name: main, image: "NotAnImage:latest" }]\n', 'badname') });
    await waitFor('InvalidImageName', async () => (await cluster.ok('get pod badname')).includes('InvalidImageName'));
    const waiting = await cluster.ok('get pod badname -o jsonpath={.status.containerStatuses[0].state.waiting.message}');
    expect(waiting).toContain('couldn\'t parse image name "NotAnImage:latest"');
    await cluster.ok('delete pod badname --now');
  });

  it('refuses requests with a Status', async () => {
    const session = createTranscript(cluster.kubectl, { masks: cluster.masks });
    const ask = async (what: string, path: string, init: RequestInit = {}) => {
      const response = await cluster.fetch(path, init);
      const status = (await response.json()) as { kind: string; code: number };
      expect([what, status.kind, status.code]).toEqual([what, 'Status', response.status]);
      session.note(what, { stdout: JSON.stringify(status, null, 2) });
    };
    const post = (type: string, body: string | Uint8Array) => ({
      method: 'POST',
      headers: { 'content-type': type },
      body: body as BodyInit,
    });
    const pods = '/api/v1/namespaces/default/pods';
    const configMaps = '/api/v1/namespaces/default/configmaps';
    const envelope = Uint8Array.from([0x6b, 0x38, 0x73, 0x00, 0x0a, 0x30, 0x0a, 0x02, 0x76]);
    await ask('JSON that ends too early', pods, post('application/json', '{"apiVersion":"v1","kind":'));
    await ask('JSON that is no object', pods, post('application/json', '[]'));
    await ask('a wrong content type', pods, post('text/plain', 'hello'));
    await ask('protobuf that ends too early', pods, post('application/vnd.kubernetes.protobuf', envelope));
    await ask('protobuf without its prefix', pods, post('application/vnd.kubernetes.protobuf', 'hello'));
    await ask(
      'another kind than the path',
      pods,
      post('application/json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"odd"}}'),
    );
    const big = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data: { all: 'x'.repeat(4 << 20) } });
    await ask('4 MiB', configMaps, post('application/json', big));
    const large = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data: { all: 'x'.repeat(1_200_000) } });
    await ask('a ConfigMap above 1 MiB', configMaps, post('application/json', large));
    await ask('an unknown verb', `${pods}/odd`, { method: 'PROPFIND' });
    await ask('a verb that does not fit', pods, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{}',
    });
    await ask('a patch of an unknown type', `${configMaps}/odd`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    await ask('an unknown path', '/api/v1/things');
    await ask('an unknown subresource', `${pods}/odd/nothing`);
    await ask('a selector that is none', `${pods}?labelSelector=a%20b%20c`);
    await ask('a resource version that is none', `${pods}?resourceVersion=soon`);
    await ask('a continue token that is none', `${pods}?limit=1&continue=later`);
    await ask('a token that is none', pods, { headers: { authorization: 'Bearer nobody' } });
    expectTranscript('bad-requests', session);
  });

  it('is up after all this', async () => {
    expect(await (await cluster.fetch('/readyz')).text()).toBe('ok');
    expect(await cluster.ok('create configmap fine --from-literal=a=b')).toBe('configmap/fine created\n');
    // of what else may be an error, the machine decides
    expect(cluster.logs()).not.toMatch(/"level":"error".*(request failed|a reconciler)/);
  });

  it('leaves no value of a Secret on disk', async () => {
    const canary = 'canary-of-4711-feathers';
    const encoded = Buffer.from(canary).toString('base64');
    await cluster.ok(`create secret generic bird --from-literal=song=${canary}`);
    const user = `apiVersion: v1
kind: Pod
metadata: { name: cage }
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: busybox
    imagePullPolicy: IfNotPresent
    command: [sleep, '100000']
    volumeMounts: [{ name: bird, mountPath: /bird }]
  volumes: [{ name: bird, secret: { secretName: bird } }]
`;
    await cluster.ok('create -f -', { input: user });
    await cluster.ok('wait --for=condition=Ready pod/cage --timeout=120s');
    expect(await cluster.ok('exec cage -- cat /bird/song')).toBe(canary);
    await cluster.ok(['patch', 'secret', 'bird', '-p', JSON.stringify({ stringData: { more: `${canary}!` } })]);
    // A refused write and a conflict must not put it into a log either.
    await cluster.kubectl('create -f -', {
      input: `apiVersion: v1\nkind: Secret\nmetadata: { name: Bad }\nstringData: { song: ${canary} }\n`,
    });
    await cluster.kubectl(`create secret generic bird --from-literal=song=${canary}`);
    const holders = () =>
      filesBelow(cluster.folder.root).filter((file) => {
        const bytes = orGone(() => readFileSync(file), Buffer.alloc(0));
        return bytes.includes(canary) || bytes.includes(encoded.slice(0, -4));
      });
    expect(holders()).toEqual([]);
    await cluster.ok('delete secret bird');
    await cluster.ok('delete pod cage --now');
    await cluster.stopAgent();
    await cluster.stopControlPlane();
    expect(holders()).toEqual([]);
    expect(filesBelow(cluster.folder.data).length).toBeGreaterThan(0);
  });
};

for (const platform of platforms) describe(`on ${platform}`, () => suite(platform));
