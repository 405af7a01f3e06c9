/** Who may do what, with real kubectl: default roles, a service account limited by a binding, no rights by way of a grant, impersonation, reconcile. */
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { manifest } from './guestbook.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
let cluster: TestCluster;
const alice = ['--as', 'alice', '--as-group', 'devs'];
const words = (text: string): string[] => text.split(' ');
const canI = async (...args: string[]): Promise<string> => (await cluster.kubectl(['auth', 'can-i', ...args])).stdout.trim();

beforeAll(async () => {
  cluster = await startCluster({ name: 'rbac', withoutAgent: true });
  // admin, edit and view are filled from other roles a moment after the first start
  const last = { admin: ['rolebindings', 'impersonate', 'pods/log'], edit: ['impersonate', 'pods/log'], view: ['pods/log'] };
  for (const [role, words] of Object.entries(last)) {
    await waitFor(`the default role ${role}`, async () => {
      const { stdout } = await cluster.kubectl(['get', 'clusterrole', role, '-o', 'jsonpath={.rules}']);
      return words.every((word) => stdout.includes(word));
    });
  }
});

afterAll(async () => {
  await cluster?.stop();
});

describe('an admin', () => {
  test('may do everything, and is told who he is', async () => {
    expect(await canI('*', '*')).toBe('yes');
    expect(await cluster.ok('auth whoami -o json').then((text) => JSON.parse(text).status.userInfo)).toEqual({
      username: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
    });
    expect(await cluster.ok('auth can-i --list')).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    expect(await cluster.ok('get clusterroles cluster-admin view -o name')).toBe(
      'clusterrole.rbac.authorization.k8s.io/cluster-admin\nclusterrole.rbac.authorization.k8s.io/view\n',
    );
    expect(await cluster.ok('get clusterrolebindings cluster-admin -o wide')).toMatch(/ClusterRole\/cluster-admin +\S+ +system:masters/);
  });
});

describe('a user', () => {
  test('may nothing but look around, until something is bound to him', async () => {
    expect(await canI('list', 'pods', ...alice)).toBe('no');
    expect(await canI('get', '/version', ...alice)).toBe('yes');
    expect(await cluster.kubectl(['get', 'pods', ...alice])).toMatchObject({
      code: 1,
      stderr:
        'Error from server (Forbidden): pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"\n',
    });
    await cluster.ok('create rolebinding alice-edits --clusterrole=edit --user=alice');
    expect(await canI('create', 'deployments.apps', ...alice)).toBe('yes');
    expect(await canI('get', 'pods', '--subresource=log', ...alice)).toBe('yes');
    expect(await canI('create', 'deployments.apps', '-n', 'kube-system', ...alice)).toBe('no');
    expect(await canI('create', 'rolebindings.rbac.authorization.k8s.io', ...alice)).toBe('no');
    const rules = await cluster.ok(['auth', 'can-i', '--list', ...alice]);
    expect(rules).toMatch(/^secrets +\[\] +\[\] +\[.*get list watch.*\]$/m);
    expect(rules).toMatch(/^selfsubjectreviews\.authentication\.k8s\.io +\[\] +\[\] +\[create\]$/m);
  });

  test('may see what is described of a role, and who has it', async () => {
    await cluster.ok('create role pod-reader --verb=get,list --resource=pods,pods/log');
    expect(await cluster.ok('describe role pod-reader')).toMatch(/pods\/log +\[\] +\[\] +\[get list\]/);
    await cluster.ok('create rolebinding pod-readers --role=pod-reader --group=devs --serviceaccount=default:default');
    expect(await cluster.ok('get rolebinding pod-readers -o wide')).toMatch(/Role\/pod-reader +\S+ +devs +default\/default/);
  });
});

describe('a service account', () => {
  test('does what its binding says, with its own token', async () => {
    await cluster.ok('create serviceaccount robot');
    await cluster.ok(words('create role maps --verb=get,list,create --resource=configmaps'));
    await cluster.ok('create rolebinding robot-maps --role=maps --serviceaccount=default:robot');
    const token = (await cluster.ok('create token robot')).trim();
    const asRobot = (...args: string[]) => cluster.kubectl([...args, '--token', token]);
    expect((await asRobot('create', 'configmap', 'made', '--from-literal=a=b')).stdout).toBe('configmap/made created\n');
    expect((await asRobot('get', 'configmaps', 'made', '-o', 'name')).stdout).toBe('configmap/made\n');
    expect((await asRobot('delete', 'configmap', 'made')).stderr).toBe(
      'Error from server (Forbidden): configmaps "made" is forbidden: User "system:serviceaccount:default:robot" cannot delete resource "configmaps" in API group "" in the namespace "default"\n',
    );
    expect((await asRobot('get', 'configmaps', '-A')).stderr).toContain('at the cluster scope');
    const who = JSON.parse((await asRobot('auth', 'whoami', '-o', 'json')).stdout).status.userInfo;
    expect(who).toMatchObject({
      username: 'system:serviceaccount:default:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    await cluster.ok('delete serviceaccount robot');
    await waitFor('the token to end', async () => (await asRobot('get', 'configmaps')).stderr.includes('You must be logged in'));
  });
});

describe('nobody grants what he does not hold', () => {
  test('neither by a role nor by a binding', async () => {
    await cluster.ok('create rolebinding bob-admin --clusterrole=admin --user=bob');
    const asBob = (args: string) => cluster.kubectl([...words(args), '--as', 'bob']);
    expect((await asBob('create role ok --verb=get --resource=pods')).stdout).toBe('role.rbac.authorization.k8s.io/ok created\n');
    const nodes = await asBob('create role nodes --verb=get,list --resource=nodes');
    expect(nodes.code).toBe(1);
    expect(nodes.stderr).toContain(
      'roles.rbac.authorization.k8s.io "nodes" is forbidden: user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}',
    );
    const crown = await asBob('create rolebinding crown --clusterrole=cluster-admin --user=bob');
    expect(crown.stderr).toContain('is attempting to grant RBAC permissions not currently held');
    expect(await canI('list', 'nodes', '--as', 'bob')).toBe('no');
  });
});

describe('kubectl auth reconcile', () => {
  test('adds what is missing', async () => {
    const role = (verbs: string[]) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'kept', namespace: 'default' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
    });
    expect(await cluster.ok('auth reconcile -f -', { input: manifest(role(['get'])) })).toContain('kept reconciled');
    expect(await cluster.ok('auth reconcile -f -', { input: manifest(role(['get', 'list'])) })).toContain('kept reconciled');
    expect(await cluster.ok('get role kept -o jsonpath={.rules[*].verbs}')).toContain('list');
  });
});

describe('a request for a certificate', () => {
  const request = `-----BEGIN CERTIFICATE REQUEST-----\nMIH=\n-----END CERTIFICATE REQUEST-----\n`;

  test('is approved by who may, once', async () => {
    const csr = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'mine' },
      spec: { request: Buffer.from(request).toString('base64'), signerName: 'example.com/own', usages: ['client auth'] },
    };
    await cluster.ok('create -f -', { input: manifest(csr) });
    expect(await cluster.ok('get csr mine')).toMatch(/^mine +\S+ +example\.com\/own +kubernetes-admin +<none> +Pending$/m);
    expect(await cluster.ok('certificate approve mine')).toBe('certificatesigningrequest.certificates.k8s.io/mine approved\n');
    expect(await cluster.ok('get csr mine')).toMatch(/Approved$/m);
    const denied = await cluster.kubectl('certificate deny mine');
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain('is already Approved');
  });

  test("to one of the cluster's signers is answered with a certificate of the cluster", async () => {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const pem = (
      await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=ann,O=devs', keys, signingAlgorithm: algorithm })
    ).toString('pem');
    const spec = {
      request: btoa(pem),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
      expirationSeconds: 7200,
    };
    await cluster.ok('create -f -', {
      input: manifest({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'ann' }, spec }),
    });
    await cluster.ok('certificate approve ann');
    let issued = '';
    await waitFor('the certificate', async () => {
      issued = await cluster.ok('get csr ann -o jsonpath={.status.certificate}');
      return issued !== '';
    });
    expect(await cluster.ok('get csr ann')).toMatch(/ 120m +Approved,Issued$/m);
    const certificate = new X509Certificate(atob(issued));
    const roots = [
      (await cluster.kubectl('-n kube-system get configmap kedge-certificate-authority -o jsonpath={.data.ca\\.crt}')).stdout,
      await cluster.ok('get configmap kube-root-ca.crt -o jsonpath={.data.ca\\.crt}'),
    ];
    expect(certificate.subject).toContain('CN=ann');
    expect(roots.some((root) => root !== '' && certificate.verify(new X509Certificate(root).publicKey))).toBe(true);
  });
});

test('Endpoints that a person keeps are mirrored', async () => {
  const metadata = { name: 'outside' };
  await cluster.ok('create -f -', { input: manifest({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 5432 }] } }) });
  const subsets = [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 5432 }] }];
  await cluster.ok('create -f -', { input: manifest({ apiVersion: 'v1', kind: 'Endpoints', metadata, subsets }) });
  const mirrored = async (): Promise<string> =>
    cluster.ok('get endpointslices -l kubernetes.io/service-name=outside -o jsonpath={.items[*].endpoints[*].addresses[*]}');
  await waitFor('the mirror', async () => (await mirrored()) === '192.0.2.7');
  await cluster.ok('delete endpoints outside');
  await waitFor('the end of the mirror', async () => (await mirrored()) === '');
});

test('the API services that are served here are there', async () => {
  const rows = await cluster.ok('get apiservices v1. v1.apps');
  expect(rows).toMatch(/^v1\. +Local +True /m);
  expect(rows).toMatch(/^v1\.apps +Local +True /m);
  expect(await cluster.ok('get flowschemas exempt catch-all -o name')).toContain('flowschema.flowcontrol.apiserver.k8s.io/exempt');
});
