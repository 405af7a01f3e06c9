/**
 * helm 4 against a whole cluster: install, test, upgrade, rollback and uninstall with --wait, of the chart `helm create` makes and of one with a
 * subchart, a ConfigMap and a Secret. Helm applies on the server, so ownership and conflicts are the cluster's.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { helm, helmOk } from '../harness/helm.ts';
import { waitFor } from '../harness/process.ts';
import { type Platform, platforms } from './platforms.ts';
import { get as page } from './requests.ts';

const chart: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n  - name: store\n    version: 0.1.0\n',
  'values.yaml': 'greeting: hello\nstore:\n  password: secret\n',
  'templates/config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-config\ndata:\n  greeting: {{ .Values.greeting }}\n{{- if .Values.extra }}\n  extra: {{ .Values.extra }}\n{{- end }}\n',
  'charts/store/Chart.yaml': 'apiVersion: v2\nname: store\nversion: 0.1.0\n',
  'charts/store/values.yaml': 'password: unset\n',
  'charts/store/templates/secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}-store\nstringData:\n  password: {{ .Values.password }}\n',
};

const suite = (platform: Platform) => {
  let cluster: TestCluster;
  let home: string;
  beforeAll(async () => {
    cluster = await startCluster({ name: 'helm', platform });
    home = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'helm-'));
  });
  afterAll(async () => {
    await cluster?.stop();
    if (home) rmSync(home, { recursive: true, force: true });
  });

  const ok = (args: string): Promise<string> => helmOk(cluster.kubeconfig, args, { home });
  const get = (path: string, what: string): Promise<string> => cluster.ok(['get', ...what.split(' '), '-o', `jsonpath=${path}`]);
  const statuses = async (release: string): Promise<string[]> =>
    JSON.parse(await ok(`history ${release} -o json`)).map((revision: { status: string }) => revision.status);

  describe('the chart of helm create', () => {
    it('is installed, tested, upgraded, rolled back and uninstalled, each waited for', { timeout: 300_000 }, async () => {
      await ok('create demo');
      const test = join(home, 'demo/templates/tests/test-connection.yaml');
      writeFileSync(test, readFileSync(test, 'utf8').replace(/image: busybox$/m, 'image: busybox:latest'));
      expect(await ok('install web demo --set image.tag=latest --wait --timeout 120s')).toContain('STATUS: deployed');
      expect(await get('{.status.readyReplicas}', 'deployment web-demo')).toBe('1');
      expect(await get('{.metadata.managedFields[0].manager} {.metadata.managedFields[0].operation}', 'deployment web-demo')).toBe(
        'helm Apply',
      );

      // helm waits for the pods; the node's way from the Service to them is laid behind its back, and the test pod asks once
      const address = await get('{.spec.clusterIP}', 'service web-demo');
      await waitFor('the Service to answer', async () => (await page(`http://${address}/`)).status === 200);
      expect(await ok('test web --timeout 120s')).toMatch(/Phase: +Succeeded/);

      await ok('upgrade web demo --set image.tag=latest --set replicaCount=2 --wait --timeout 120s');
      expect(await get('{.status.readyReplicas}', 'deployment web-demo')).toBe('2');

      await ok('rollback web 1 --wait --timeout 120s');
      expect(await get('{.spec.replicas}', 'deployment web-demo')).toBe('1');
      expect(await statuses('web')).toEqual(['superseded', 'superseded', 'deployed']);

      await ok('uninstall web --wait --timeout 120s');
      expect(await cluster.ok('get deployments,services,secrets -l app.kubernetes.io/instance=web -o name')).toBe('');
      await waitFor(
        'the pods to be gone',
        async () => (await cluster.ok('get pods -l app.kubernetes.io/name=demo -o name')).trim() === 'pod/web-demo-test-connection',
      );
      await cluster.ok('delete pod web-demo-test-connection');
    });

    it('does not take a field from another manager unless it is told to', { timeout: 180_000 }, async () => {
      await ok('create fought');
      await ok('install f fought --set image.tag=latest --set replicaCount=0');
      await cluster.ok('scale deployment f-fought --replicas=1');
      const upgraded = await helm(cluster.kubeconfig, 'upgrade f fought --set image.tag=latest --set replicaCount=2', { home });
      expect([upgraded.code, upgraded.stderr]).toEqual([
        1,
        expect.stringContaining('conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas'),
      ]);
      await ok('upgrade f fought --set image.tag=latest --set replicaCount=2 --force-conflicts');
      expect(await get('{.spec.replicas}', 'deployment f-fought')).toBe('2');
      await ok('uninstall f --wait --timeout 120s');
    });
  });

  describe('a chart with a subchart, a ConfigMap and a Secret', () => {
    it('changes what the values change, and removes what they drop', { timeout: 180_000 }, async () => {
      for (const [name, text] of Object.entries(chart)) {
        const file = join(home, 'shop', name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      await ok('install s shop --set extra=more --wait');
      expect(JSON.parse(await get('{.data}', 'configmap s-config'))).toEqual({ greeting: 'hello', extra: 'more' });
      expect(atob(await get('{.data.password}', 'secret s-store'))).toBe('secret');
      await ok('upgrade s shop --set store.password=changed --wait');
      expect(JSON.parse(await get('{.data}', 'configmap s-config'))).toEqual({ greeting: 'hello' });
      expect(atob(await get('{.data.password}', 'secret s-store'))).toBe('changed');
      await ok('rollback s 1 --wait');
      expect(JSON.parse(await get('{.data}', 'configmap s-config'))).toEqual({ greeting: 'hello', extra: 'more' });
      await ok('uninstall s --wait');
      expect(await cluster.ok('get configmap,secret -l app.kubernetes.io/managed-by=Helm -o name')).toBe('');
      expect(await cluster.ok('get secrets -l owner=helm -o name')).toBe('');
    });
  });
};

for (const platform of platforms) describe(`on ${platform}`, () => suite(platform));
