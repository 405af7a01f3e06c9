/**
 * An operator over a kind of its own, running in the cluster it operates: two replicas under a ServiceAccount, one of which leads by its Lease. It owns what it
 * makes, writes status through the subresource, holds a finalizer, and is taken over from when it is killed.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { repoDir } from '../harness/paths.ts';
import { waitFor } from '../harness/process.ts';

const manifest = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: websites.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: websites, singular: website, kind: Website }
  versions:
  - name: v1
    served: true
    storage: true
    subresources: { status: {} }
    additionalPrinterColumns: [{ name: Phase, type: string, jsonPath: .status.phase }]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: { type: object, required: [page], properties: { page: { type: string } } }
          status: { type: object, properties: { phase: { type: string }, observedGeneration: { type: integer }, by: { type: string } } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: operator }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: operator }
rules:
- { apiGroups: [example.com], resources: [websites, websites/status, websites/finalizers], verbs: [get, list, watch, patch] }
- { apiGroups: [""], resources: [configmaps], verbs: [get, create, patch] }
- { apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: operator }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: operator }
subjects: [{ kind: ServiceAccount, name: operator, namespace: default }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: operator }
spec:
  replicas: 2
  selector: { matchLabels: { app: operator } }
  template:
    metadata: { labels: { app: operator } }
    spec:
      serviceAccountName: operator
      terminationGracePeriodSeconds: 0
      volumes: [{ name: code, configMap: { name: operator-code } }]
      containers:
      - name: operator
        image: node:24
        imagePullPolicy: IfNotPresent
        command: [node, /app/operator.mjs]
        env: [{ name: NODE_EXTRA_CA_CERTS, value: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt }]
        volumeMounts: [{ name: code, mountPath: /app }]
`;

const website = (name: string, page: string) =>
  `apiVersion: example.com/v1\nkind: Website\nmetadata: { name: ${name} }\nspec: { page: ${page} }\n`;

let cluster: TestCluster;
const get = (what: string, path: string) => cluster.ok(['get', ...what.split(' '), '-o', `jsonpath=${path}`]);
const apply = (input: string) => cluster.ok('apply -f -', { input });
const ready = (name: string) => cluster.ok(`wait website/${name} --for=jsonpath={.status.phase}=Ready --timeout=120s`);

beforeAll(async () => {
  cluster = await startCluster({ name: 'oper' });
  await cluster.ok(`create configmap operator-code --from-file=${join(repoDir, 'tests/e2e/operator/operator.mjs')}`);
  await apply(manifest);
});
afterAll(() => cluster?.stop());

it('makes what a Website asks for, as its owner, and says so in the status', async () => {
  await apply(website('home', 'hello'));
  await ready('home');
  expect(await get('configmap home-page', '{.data.page}')).toBe('hello');
  const [uid, owner] = [
    await get('website home', '{.metadata.uid}'),
    await get('configmap home-page', '{.metadata.ownerReferences[0].uid}'),
  ];
  expect(owner).toBe(uid);
  await apply(website('home', 'changed'));
  await waitFor('the change to be carried out', async () => (await get('website home', '{.status.observedGeneration}')) === '2');
  expect([await get('configmap home-page', '{.data.page}'), await get('website home', '{.metadata.generation}')]).toEqual(['changed', '2']);
  expect(await cluster.ok('get websites --no-headers')).toMatch(/^home +Ready\n$/);
});

it('may do what its role says, and no more', async () => {
  // who is stopped for longer than its Lease lasts loses it to the other
  const said = await waitFor('the leader to say so', async () => {
    const leader = await get('lease website-operator', '{.spec.holderIdentity}');
    const log = await cluster.ok(`logs ${leader}`);
    return log.includes(`${leader} leads\n`) && log;
  });
  expect(said).toMatch(/^secrets: 403\n/);
});

it('is led by the other replica when the leader is killed', async () => {
  await cluster.ok('rollout status deployment/operator --timeout=90s');
  const [leader, transitions] = (await get('lease website-operator', '{.spec.holderIdentity} {.spec.leaseTransitions}')).split(' ');
  // without a grace period its process gets no chance to give the Lease up; the cost makes it the one that goes
  await cluster.ok(`annotate pod ${leader} controller.kubernetes.io/pod-deletion-cost=-1`);
  await cluster.ok('scale deployment operator --replicas=1');
  await cluster.ok(`wait pod/${leader} --for=delete --timeout=120s`);
  await apply(website('second', 'hi'));
  await ready('second');
  const heir = await get('website second', '{.status.by}');
  expect(heir).not.toBe(leader);
  const [holder, taken] = (await get('lease website-operator', '{.spec.holderIdentity} {.spec.leaseTransitions}')).split(' ');
  expect(holder).toBe(heir);
  expect(Number(taken)).toBeGreaterThan(Number(transitions));
  expect(await get('configmap second-page', '{.data.page}')).toBe('hi');
});

it('cleans up before a Website goes, and what it made goes with it', async () => {
  await cluster.ok('delete website home --timeout=120s');
  expect(await get('configmap cleaned-home', '{.data.by}')).toBe(await get('website second', '{.status.by}'));
  await waitFor('what it owned to go', async () => (await cluster.ok('get configmap home-page --ignore-not-found -o name')) === '');
  expect(await cluster.ok('get websites -o name')).toBe('website.example.com/second\n');
});
