/** The TypeScript client library against the real control plane process: typed calls, an informer through a restart, and kubectl-less watches. */
import { CoreV1Api, type Informer, KubeConfig, makeInformer, type V1ConfigMap, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe('@kubernetes/client-node', () => {
  let cluster: TestCluster;
  let config: KubeConfig;
  let core: CoreV1Api;

  beforeAll(async () => {
    cluster = await startCluster({ name: 'client', withoutAgent: true });
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
    // the last that the control loop puts there by itself
    await waitFor('the namespace', () => core.readNamespacedConfigMap({ namespace: 'default', name: 'kube-root-ca.crt' }));
  });
  afterAll(() => cluster?.stop());

  const create = (name: string, data: Record<string, string> = {}) =>
    core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name }, data } });

  it('creates, reads, replaces and deletes with typed objects', async () => {
    const made = await create('typed', { a: '1' });
    expect(made.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    const replaced = await core.replaceNamespacedConfigMap({ namespace: 'default', name: 'typed', body: { ...made, data: { a: '2' } } });
    expect(Number(replaced.metadata?.resourceVersion)).toBeGreaterThan(Number(made.metadata?.resourceVersion));
    const stale = core.replaceNamespacedConfigMap({ namespace: 'default', name: 'typed', body: { ...made, data: { a: '3' } } });
    await expect(stale).rejects.toMatchObject({ code: 409 });
    await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'typed' });
    await expect(core.readNamespacedConfigMap({ namespace: 'default', name: 'typed' })).rejects.toMatchObject({ code: 404 });
  });

  it('keeps an informer true through a killed and restarted control plane', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const listFn = () => core.listNamespacedConfigMap({ namespace: 'default', labelSelector: 'kept=yes' });
    const informer: Informer<V1ConfigMap> = makeInformer(config, path, listFn, 'kept=yes');
    const seen = new Map<string, string>();
    const note = (object: V1ConfigMap): void => void seen.set(object.metadata!.name!, object.data?.step ?? '');
    informer.on('add', note);
    informer.on('update', note);
    informer.on('delete', (object: V1ConfigMap) => void seen.delete(object.metadata!.name!));
    informer.on('error', () => setTimeout(() => void informer.start().catch(() => {}), 50));
    await informer.start();
    try {
      const labelled = (name: string, step: string) => ({ metadata: { name, labels: { kept: 'yes' } }, data: { step } });
      await core.createNamespacedConfigMap({ namespace: 'default', body: labelled('kept', 'one') });
      await waitFor('the informer to see the object', () => seen.get('kept') === 'one');
      await cluster.killControlPlane();
      await cluster.startControlPlane();
      await core.replaceNamespacedConfigMap({ namespace: 'default', name: 'kept', body: labelled('kept', 'two') });
      await core.createNamespacedConfigMap({ namespace: 'default', body: labelled('late', 'one') });
      await waitFor('the informer to see what came after the restart', () => seen.get('kept') === 'two' && seen.has('late'));
      await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'late' });
      await waitFor('the informer to see the delete', () => !seen.has('late'));
    } finally {
      await informer.stop();
    }
  });

  it('watches from a revision without a miss or a repeat', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace: 'default' });
    const events: string[] = [];
    const watch = new Watch(config);
    const controller = await watch.watch(
      '/api/v1/namespaces/default/configmaps',
      { resourceVersion: metadata?.resourceVersion },
      (type, object) => events.push(`${type} ${object.metadata.name}`),
      () => undefined,
    );
    const names = Array.from({ length: 20 }, (_, i) => `burst-${i}`);
    await Promise.all(names.map((name) => create(name)));
    await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'burst-7' });
    await waitFor('all events', () => events.includes('DELETED burst-7'));
    controller.abort();
    expect(events.filter((event) => event.startsWith('ADDED')).sort()).toEqual(names.map((name) => `ADDED ${name}`).sort());
    expect(events.filter((event) => event.startsWith('DELETED'))).toEqual(['DELETED burst-7']);
  });

  it('lists in pages that agree with one revision', async () => {
    const whole = await core.listNamespacedConfigMap({ namespace: 'default' });
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({ namespace: 'default', limit: 7, ...(token ? { _continue: token } : {}) });
      names.push(...page.items.map((item) => item.metadata!.name!));
      token = page.metadata?._continue || undefined;
      await create(`between-${names.length}`);
    } while (token);
    expect(names).toEqual(whole.items.map((item) => item.metadata!.name!));
  });
});
