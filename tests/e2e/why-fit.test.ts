/** `kubectl kedge why` and `kubectl kedge fit` on a real cluster: the plugin, the real kubectl, and what the scheduler does afterwards. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { repoDir } from '../harness/paths.ts';
import { waitFor } from '../harness/process.ts';

let cluster: TestCluster;
let plugins: string;

beforeAll(async () => {
  cluster = await startCluster({ name: 'why', nodeName: 'n1' });
  plugins = join(cluster.folder.root, 'plugins');
  mkdirSync(plugins);
  symlinkSync(join(repoDir, 'infra/kubectl-kedge'), join(plugins, 'kubectl-kedge'));
});
afterAll(() => cluster?.stop());

const kedge = (args: string, input = '') => cluster.kubectl(`kedge ${args}`, { input, env: { PATH: `${plugins}:${process.env.PATH}` } });

const pod = (name: string, spec: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'busybox', command: ['sleep', '1000'] }], ...spec },
  });

it('says why a pod waits, and when what it asked for was done, where it went', async () => {
  await cluster.ok('create -f -', { input: pod('web', { nodeSelector: { disk: 'ssd' } }) });
  const told = async () => (await cluster.ok('get pod web -o jsonpath={.status.conditions[*].reason}')).includes('Unschedulable');
  await waitFor('the scheduler to look at the pod', told);
  const waits = await kedge('why pod/web --nodes');
  expect(waits.stderr).toBe('');
  expect(waits.stdout).toMatch(/^Pod default\/web has no node, made \S+ \(\S+ ago\)\.\nTold: {2}Unschedulable /);
  expect(waits.stdout).toMatch(/\n1 +NodeAffinity +node\(s\) didn't match Pod's node affinity\/selector +n1\n/);
  expect(waits.stdout).toContain('  - nodeSelector: 0 of 1 nodes have disk=ssd. Label a node so, or ask for less.\n');
  expect(waits.code).toBe(3);
  await cluster.ok('label node n1 disk=ssd');
  await cluster.ok('wait --for=condition=PodScheduled pod/web --timeout=120s');
  const placed = await kedge('why web');
  expect(placed.stdout).toMatch(
    /^Pod default\/web is on node n1\.\nPlaced: {2}\S+ \(\S+ ago\), \S+ after it was made, by default-scheduler\n/,
  );
  expect(placed.code).toBe(0);
});

it('says where pods would go, how many more fit, and what becomes of the pods of a node that leaves', async () => {
  const small = await kedge('fit -f -', pod('small', {}));
  expect(small.stdout).toMatch(/^OBJECT +PODS +FIT +WHERE\nPod\/small +1 +1 +n1\n\nRoom for \d+ such pods in all: n1 \(\d+\)\.\n$/);
  expect(small.code).toBe(0);
  const large = await kedge(
    'fit -f - --json',
    pod('large', { overhead: {}, containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '5000' } } }] }),
  );
  expect(large.code).toBe(3);
  expect(JSON.parse(large.stdout)).toMatchObject({
    placements: [
      {
        fits: false,
        reasons: [{ plugin: 'NodeResourcesFit', reason: 'Insufficient cpu' }],
        advice: [expect.stringMatching(/^n1 comes nearest/), expect.any(String)],
      },
    ],
    capacity: { count: 0 },
  });
  const drained = await kedge('fit --without-node n1');
  expect(drained.code).toBe(3);
  expect(drained.stdout).toMatch(/^POD +FROM +TO\ndefault\/web +n1 +-\n/);
  expect((await cluster.ok('get pods -o name')).trim()).toBe('pod/web');
});

it('explains in one line what cannot be answered', async () => {
  expect(await kedge('why pod/nobody')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^kedge: The server refused: pods "nobody" not found\n/),
  });
  expect(await kedge('fit --without-node n9')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^kedge: The server refused: nodes "n9" not found\n/),
  });
  expect(await kedge('why deployment/web')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^usage: kedge why/) });
  expect(await kedge('fit -f /nowhere.yaml')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^kedge: Cannot read \/nowhere.yaml: /),
  });
});
