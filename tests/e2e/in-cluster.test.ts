/** The API as programs inside the cluster use it: ordinary in-cluster configuration, through the `kubernetes` Service; and what a node's own credential must not see. */
import { readFileSync } from 'node:fs';
import { CoreV1Api, KubeConfig, makeInformer, type V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { busyboxPod, manifest } from './guestbook.ts';
import { platforms } from './platforms.ts';

const accountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

describe.each(platforms)('on %s', (platform) => {
  let cluster: TestCluster;

  const inPod = (...command: string[]) => cluster.ok(['exec', 'inside', '--', ...command]);

  beforeAll(async () => {
    cluster = await startCluster({ name: 'in', platform });
    await cluster.ok('create rolebinding default-view --clusterrole=view --serviceaccount=default:default');
    const inside = busyboxPod('inside');
    const [container] = inside.spec.containers;
    await cluster.ok('create -f -', {
      input: manifest({ ...inside, spec: { ...inside.spec, containers: [{ ...container, image: 'kubectl:latest' }] } }),
    });
    await cluster.ok('wait pod/inside --for=condition=Ready --timeout=120s');
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  describe('from inside a pod', () => {
    test('kubectl get pods -w shows what happens', async () => {
      // the rules of the node may come after the pod
      await waitFor('the API to be reached', async () => (await cluster.kubectl('exec inside -- kubectl get --raw /readyz')).code === 0);
      expect(await inPod('kubectl', 'get', 'pods', '-o', 'name')).toBe('pod/inside\n');
      const watching = cluster.startKubectl(['exec', 'inside', '--', 'kubectl', 'get', 'pods', '-w']);
      try {
        await watching.waitForOutput(/inside +1\/1 +Running/);
        await cluster.ok('create -f -', { input: manifest(busyboxPod('seen', { terminationGracePeriodSeconds: 1 })) });
        await watching.waitForOutput(/seen +0\/1 +Pending/);
        await watching.waitForOutput(/seen +1\/1 +Running/);
        await cluster.ok('delete pod seen');
        await watching.waitForOutput(/seen +1\/1 +Terminating/);
      } finally {
        await watching.stop();
      }
    });

    test('the account is the default one of the namespace, and cannot read Secrets', async () => {
      expect(await inPod('kubectl', 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe(
        'system:serviceaccount:default:default',
      );
      const refused = await cluster.kubectl(['exec', 'inside', '--', 'kubectl', 'get', 'secrets']);
      expect(refused).toMatchObject({
        code: 1,
        stderr:
          'Error from server (Forbidden): secrets is forbidden: User "system:serviceaccount:default:default" cannot list resource "secrets" in API group "" in the namespace "default"\ncommand terminated with exit code 1\n',
      });
    });

    test('an informer lists, follows and sees the end', async () => {
      const [token, ca, host] = await Promise.all([
        inPod('cat', `${accountDir}/token`),
        inPod('cat', `${accountDir}/ca.crt`),
        inPod('sh', '-c', 'echo -n $KUBERNETES_SERVICE_HOST'),
      ]);
      const config = new KubeConfig();
      config.loadFromClusterAndUser(
        { name: 'inside', server: `https://${host}:443`, caData: Buffer.from(ca).toString('base64'), skipTLSVerify: false },
        { name: 'inside', token },
      );
      const api = config.makeApiClient(CoreV1Api);
      const informer = makeInformer<V1Pod>(config, '/api/v1/namespaces/default/pods', () =>
        api.listNamespacedPod({ namespace: 'default' }),
      );
      const seen: string[] = [];
      for (const verb of ['add', 'update', 'delete'] as const)
        informer.on(verb, (pod) => void seen.push(`${verb} ${pod.metadata?.name} ${pod.status?.phase}`));
      const errors: unknown[] = [];
      informer.on('error', (error) => void errors.push(error));
      await informer.start();
      try {
        expect(seen).toEqual(['add inside Running']);
        await cluster.ok('create -f -', { input: manifest(busyboxPod('informed')) });
        await waitFor('the pod to run', () => seen.includes('update informed Running'));
        expect(informer.get('informed', 'default')?.status?.phase).toBe('Running');
        await cluster.ok('delete pod informed');
        await waitFor('the pod to go', () => seen.some((line) => line.startsWith('delete informed')));
        expect(seen.filter((line) => line.startsWith('add informed'))).toEqual(['add informed Pending']);
        expect(errors).toEqual([]);
      } finally {
        await informer.stop();
      }
    });
  });

  describe("a node's token", () => {
    const secretPod = (name: string, secretName: string, more: object = {}) =>
      busyboxPod(name, { volumes: [{ name: 'secret', secret: { secretName } }], ...more });

    test('reads the Secret of a pod of its own, and no other', async () => {
      const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { key: name } });
      await cluster.ok('create -f -', {
        input: manifest(
          { apiVersion: 'v1', kind: 'Node', metadata: { name: 'elsewhere' } },
          secret('ours'),
          secret('theirs'),
          secretPod('here', 'ours', { nodeName: cluster.nodeName }),
          secretPod('there', 'theirs', { nodeName: 'elsewhere' }),
        ),
      });
      const token = readFileSync(cluster.folder.nodeToken, 'utf8').trim();
      const asNode = (name: string) => cluster.kubectl(['--token', token, 'get', 'secret', name, '-o', 'jsonpath={.data.key}']);
      expect(await waitFor('the Secret of its own pod', async () => (await asNode('ours')).stdout)).toBe(
        Buffer.from('ours').toString('base64'),
      );
      const user = `system:node:${cluster.nodeName}`;
      expect(await asNode('theirs')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `Error from server (Forbidden): secrets "theirs" is forbidden: User "${user}" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node '${cluster.nodeName}' and this object\n`,
      });
    });
  });
});
