/**
 * What a person types in the first ten minutes, with a new kubectl and an old one: output, standard error and exit code against goldens.
 * `firstSteps` is what every platform must give; the rest needs one alone.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import type { KubectlVersion } from '../harness/kubectl-binary.ts';
import type { Mask } from '../harness/masks.ts';
import { waitFor } from '../harness/process.ts';
import { createTranscript, expectTranscript, type Transcript } from '../harness/transcript.ts';
import { type Platform, platforms } from './platforms.ts';

const versions: readonly KubectlVersion[] = ['v35', 'v31'];

/** What the machine and the way to its images decide. */
const machineMasks: readonly Mask[] = [
  [/(<none>|<ip>) {2,}\S.*? {2,}\S+ +docker:\/\/\S+$/gm, '$1  <os image>  <kernel>  docker://<version>'],
  [/docker(-pullable)?:\/\/([\w./]+@)?sha256:\S+/g, '<image id>'],
  [/ +Normal +Pulling .*\n/g, ''],
  [/(?:Successfully pulled|Container) image ("\S+") (?:in .*|already present on machine)$/gm, '<pulled or present> $1'],
  [/\/tmp\/(LIVE|MERGED)-\d+/g, '<$1>'],
];

/** For polls: a kubectl each time keeps a small machine busy. */
const read = async (cluster: TestCluster, path: string): Promise<any> => {
  const response = await cluster.fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
};

const deploymentReady = (cluster: TestCluster, name: string, replicas: number) =>
  waitFor(`${replicas} ready replicas of ${name} and no other pod`, async () => {
    const { status } = await read(cluster, `/apis/apps/v1/namespaces/default/deployments/${name}`);
    const { items } = await read(cluster, `/api/v1/namespaces/default/pods?labelSelector=app%3D${name}`);
    return status.replicas === replicas && status.readyReplicas === replicas && items.length === replicas;
  });

/** Nothing is left in the namespace, terminating pods included. */
const allGone = (cluster: TestCluster) =>
  waitFor('the namespace to be empty', async () => {
    // what makes others first
    for (const path of [
      'apis/apps/v1/namespaces/default/deployments',
      'apis/apps/v1/namespaces/default/replicasets',
      'api/v1/namespaces/default/pods',
    ])
      if ((await read(cluster, `/${path}`)).items.length > 0) return false;
    return true;
  });

/** The commands that every platform must give. Leaves the namespace empty. */
const firstSteps = async (cluster: TestCluster, session: Transcript): Promise<void> => {
  await session.run('get pods');
  await session.run('run fastcampusserver --image=nginx:latest --port 80');
  await session.run('wait --for=condition=Ready pod/fastcampusserver --timeout=120s');
  await session.run('get pods');
  await session.run('get pods -o wide');
  // Events come on ways of their own, a moment behind; another pod of the same name had its own.
  const { uid } = (await read(cluster, '/api/v1/namespaces/default/pods/fastcampusserver')).metadata;
  await waitFor('the events of the pod', async () => {
    const { items } = await read(cluster, `/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid%3D${uid}`);
    const reasons = items.map(({ reason }: any) => reason);
    return ['Scheduled', 'Pulled', 'Created', 'Started'].every((reason) => reasons.includes(reason));
  });
  await session.run('describe pod fastcampusserver');
  await session.run('create deployment fastcampusdeployment --image=nginx --replicas=2');
  await deploymentReady(cluster, 'fastcampusdeployment', 2);
  await session.run('get deployments.apps');
  await session.run('scale deployment fastcampusdeployment --replicas=3');
  await deploymentReady(cluster, 'fastcampusdeployment', 3);
  await session.run('get pods', { sortLines: true });
  await session.run('delete deployment fastcampusdeployment');
  await session.run('delete pod fastcampusserver');
  await allGone(cluster);
  await session.run('get pods');
};

/** Watches a pod from its create to its end. The rows are the ones a person must see, in their order; a state that was too short to be seen may be missing. */
const watchAPod = async (cluster: TestCluster, version: KubectlVersion): Promise<void> => {
  const watching = cluster.startKubectl('get pods -w', { version });
  await cluster.ok('run watched --image=nginx', { version });
  await watching.waitForOutput(/watched\s+1\/1\s+Running\s+0\s+\d+s/);
  // before it listens it may not hear the signal to end, and be killed
  const { podIP } = (await read(cluster, '/api/v1/namespaces/default/pods/watched')).status;
  await waitFor('nginx to listen', () => fetch(`http://${podIP}`));
  await cluster.ok('delete pod watched', { version });
  await watching.waitForOutput(/watched\s+1\/1\s+Terminating\s+0\s+\d+s/);
  const { stdout } = await watching.stop('SIGINT');
  const rows = stdout.trim().split('\n');
  expect(rows[0]).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE$/);
  const statuses = rows.slice(1).map((row) => row.split(/\s+/).slice(0, 4).join(' '));
  const order = [
    'watched 0/1 Pending 0',
    'watched 0/1 ContainerCreating 0',
    'watched 1/1 Running 0',
    'watched 1/1 Terminating 0',
    'watched 0/1 Terminating 0',
    'watched 0/1 Completed 0',
  ];
  const places = statuses.map((status) => order.indexOf(status));
  expect(places, stdout).not.toContain(-1);
  expect(places, stdout).toEqual([...places].sort((a, b) => a - b));
};

const deployment = (image: string, replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: applied
  labels:
    app: applied
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      app: applied
  template:
    metadata:
      labels:
        app: applied
    spec:
      containers:
      - name: web
        image: ${image}
        ports:
        - containerPort: 80
`;

const suite = (platform: Platform) => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ name: 'basics', platform });
  });
  afterAll(() => cluster?.stop());

  describe.each(versions)('kubectl %s', (version) => {
    const begin = () => createTranscript(cluster.kubectl, { masks: [...machineMasks, ...cluster.masks], version });

    it('takes the first steps', async () => {
      const session = begin();
      await firstSteps(cluster, session);
      expectTranscript('first-steps', session, version);
    });

    it('shows a pod while it comes and goes', () => watchAPod(cluster, version));

    it('serves nginx at the address of its pod', async () => {
      await cluster.ok('run page --image=nginx:latest --port 80', { version });
      await cluster.ok('wait --for=condition=Ready pod/page --timeout=120s', { version });
      const address = await cluster.ok('get pod page -o jsonpath={.status.podIP}', { version });
      // Ready when it runs, which is before it listens
      const response = await waitFor('nginx to listen', () => fetch(`http://${address}:80`));
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Welcome to nginx!')]);
      await cluster.ok('delete pod page --now', { version });
    });

    it('edits, applies and deletes by file', async () => {
      const session = begin();
      const file = (name: string, text: string) => writeFileSync(join(cluster.folder.root, name), text);
      const env = { KUBE_EDITOR: `sed -i 's/replicas: 2/replicas: 3/'` };
      const inFolder = { cwd: cluster.folder.root, env };
      file('web.yaml', deployment('nginx:1.27', 2));
      await session.run('create -f web.yaml', inFolder);
      await deploymentReady(cluster, 'applied', 2);
      await session.run('create -f web.yaml', inFolder);
      await session.run('edit deployment applied', inFolder);
      await deploymentReady(cluster, 'applied', 3);
      await session.run('edit deployment applied', { ...inFolder, env: { KUBE_EDITOR: 'true' } });
      await session.run('get deployments -o wide');
      await session.run('delete -f web.yaml', inFolder);
      await allGone(cluster);
      await session.run('delete -f web.yaml', inFolder);
      await session.run('apply -f web.yaml', inFolder);
      await session.run('apply -f web.yaml', inFolder);
      // a status that still changes would show in the difference
      await deploymentReady(cluster, 'applied', 2);
      await cluster.ok(
        'wait deployment/applied --for=jsonpath={.status.conditions[?(@.type=="Progressing")].reason}=NewReplicaSetAvailable --timeout=120s',
      );
      file('web.yaml', deployment('nginx:1.28', 1));
      await session.run('diff -f web.yaml', { ...inFolder, env: { KUBECTL_EXTERNAL_DIFF: 'diff' } });
      await session.run('apply -f web.yaml', inFolder);
      await cluster.ok('rollout status deployment/applied --timeout=120s');
      await deploymentReady(cluster, 'applied', 1);
      await session.run('get deployments -o wide');
      await session.run('get replicasets', { sortLines: true });
      await session.run('delete -f web.yaml', inFolder);
      await allGone(cluster);
      expectTranscript('files', session, version);
    });

    it('looks around', async () => {
      const session = begin();
      await session.run('get nodes');
      await session.run('get nodes -o wide');
      await session.run('get namespaces');
      await session.run('get services');
      await session.run('get all');
      await session.run('get pods --all-namespaces');
      await session.run('get pods -n nowhere');
      await session.run('get pod missing');
      await session.run('get things');
      await session.run('create namespace team');
      await waitFor('its account', async () => (await cluster.kubectl('get serviceaccount default -n team')).code === 0);
      await session.run('run solo --image=nginx -n team');
      await cluster.ok('wait --for=condition=Ready pod/solo -n team --timeout=120s');
      await session.run('get pods --all-namespaces');
      await session.run('get pods -n team --show-labels');
      await session.run('get pods -n team -l run=other');
      await session.run('label pod solo -n team tier=front');
      await session.run('annotate pod solo -n team note=kept');
      await session.run(
        'get pod solo -n team -o custom-columns=NAME:.metadata.name,TIER:.metadata.labels.tier,NOTE:.metadata.annotations.note',
      );
      await session.run('get pods -n team -o name');
      await session.run('delete namespace team');
      await session.run('get namespace team');
      await session.run('explain deployment.spec.strategy');
      await session.run('explain pod.spec.nothing');
      await session.run('api-versions');
      await session.run('auth whoami');
      await session.run('auth can-i delete pods');
      await session.run('wait --for=condition=Ready pod/missing --timeout=120s');
      expectTranscript('look-around', session, version);
    });

    it('keeps configuration', async () => {
      const session = begin();
      await session.run('create configmap settings --from-literal=color=blue');
      await session.run('get configmaps settings');
      // one entry: an older kubectl prints several in any order
      await session.run('describe configmap settings');
      await session.run('create secret generic password --from-literal=word=hidden');
      await session.run('get secret password');
      await session.run('describe secret password');
      await session.run('create service clusterip web --tcp=80:8080');
      await session.run('get service web');
      const slices = 'get endpointslices -l kubernetes.io/service-name=web -o name';
      await waitFor('the slice of the Service', async () => (await cluster.ok(slices)) !== '');
      await session.run('describe service web');
      await session.run('patch configmap settings -p {"data":{"size":"4"}}');
      await session.run('get configmap settings -o jsonpath={.data}');
      await session.run('delete configmap/settings secret/password service/web');
      expectTranscript('configuration', session, version);
    });
  });
};

for (const platform of platforms) describe(`on ${platform}`, () => suite(platform));
