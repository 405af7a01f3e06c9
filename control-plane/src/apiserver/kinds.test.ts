/** What kinds say of themselves in their definitions, seen by a client. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from './testing.ts';
import { seeds } from './testing-seeds.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const inDefault = (group: string, resource: string): string => `/${group}/namespaces/default/${resource}`;

describe('a generation', () => {
  it('counts changes of the template where that is the desired state', async () => {
    const path = inDefault('api/v1', 'podtemplates');
    const made = await world.create(path, { ...seeds.PodTemplate, metadata: { name: 'g' } });
    expect(made.metadata.generation).toBe(1);
    const labelled = await world.call('PUT', `${path}/g`, { ...made, metadata: { ...made.metadata, labels: { a: 'b' } } });
    expect(labelled.body.metadata.generation).toBe(1);
    const changed = structuredClone(labelled.body);
    changed.template.metadata.labels.c = 'd';
    expect((await world.call('PUT', `${path}/g`, changed)).body.metadata.generation).toBe(2);
  });

  it('stays 1 where nothing is desired, and is absent where upstream has none', async () => {
    const priority = await world.create('/apis/scheduling.k8s.io/v1/priorityclasses', { ...seeds.PriorityClass, metadata: { name: 'g' } });
    expect(priority.metadata.generation).toBe(1);
    const claim = await world.create(inDefault('api/v1', 'persistentvolumeclaims'), {
      ...seeds.PersistentVolumeClaim,
      metadata: { name: 'g' },
    });
    expect(claim.metadata).not.toHaveProperty('generation');
  });
});

describe('a kind nothing acts on', () => {
  it('says so when it is created', async () => {
    const path = '/apis/storage.k8s.io/v1/volumeattributesclasses';
    const { status, headers } = await world.call('POST', path, { ...seeds.VolumeAttributesClass, metadata: { name: 'w' } });
    expect(status).toBe(201);
    expect(headers.get('warning')).toContain('nodes of this cluster run no storage drivers');
    const active = await world.call('POST', '/apis/storage.k8s.io/v1/storageclasses', { ...seeds.StorageClass, metadata: { name: 'w' } });
    expect(active.headers.get('warning')).toBeNull();
  });
});

describe('an autoscaler', () => {
  const v1 = inDefault('apis/autoscaling/v1', 'horizontalpodautoscalers');
  const v2 = inDefault('apis/autoscaling/v2', 'horizontalpodautoscalers');

  it('is one object in two versions', async () => {
    const spec = { scaleTargetRef: { kind: 'Deployment', name: 'd' }, maxReplicas: 3, targetCPUUtilizationPercentage: 60 };
    expect(await world.create(v1, { metadata: { name: 'web' }, spec })).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { ...spec, minReplicas: 1 },
      status: { currentReplicas: 0, desiredReplicas: 0 },
    });
    const stored = (await world.call('GET', `${v2}/web`)).body;
    expect(stored).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 60 } } }] },
    });
    stored.spec.behavior = { scaleDown: { selectPolicy: 'Disabled' } };
    expect((await world.call('PUT', `${v2}/web`, stored)).status).toBe(200);

    const merge = { 'content-type': 'application/merge-patch+json' };
    const patched = await world.call('PATCH', `${v1}/web`, { spec: { maxReplicas: 5 } }, merge);
    expect(patched.body.metadata.annotations).toHaveProperty(['autoscaling.alpha.kubernetes.io/behavior']);
    expect((await world.call('GET', `${v2}/web`)).body).toMatchObject({
      spec: { maxReplicas: 5, behavior: { scaleDown: { selectPolicy: 'Disabled' } } },
    });
    expect((await world.call('GET', `${v2}/web`)).body.metadata.annotations).toBeUndefined();
  });

  it('is named in both versions, the newer one first', async () => {
    const group = (await world.call('GET', '/apis/autoscaling')).body;
    expect(group.versions.map(({ version }: { version: string }) => version)).toEqual(['v2', 'v1']);
    expect(group.preferredVersion.version).toBe('v2');
    expect((await world.call('GET', v1)).body).toMatchObject({ apiVersion: 'autoscaling/v1', items: [{ spec: { maxReplicas: 5 } }] });
  });
});

describe('a job', () => {
  const path = inDefault('apis/batch/v1', 'jobs');

  it('selects pods by its own uid', async () => {
    const job = await world.create(path, { ...seeds.Job, metadata: { name: 'one' } });
    expect(job.spec.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': job.metadata.uid } });
    expect(job.spec.template.metadata.labels).toMatchObject({ 'job-name': 'one', 'controller-uid': job.metadata.uid });
    expect((await world.call('PUT', `${path}/one`, job)).status).toBe(200);
  });

  it('leaves its pods behind when a delete says nothing of them', async () => {
    await world.create(path, { ...seeds.Job, metadata: { name: 'left' } });
    const silent = await world.call('DELETE', `${path}/left`);
    expect(silent.headers.get('warning')).toContain('child pods are preserved by default when jobs are deleted');
    expect(silent.body.metadata.finalizers).toEqual(['orphan']);
    await world.create(path, { ...seeds.Job, metadata: { name: 'taken' } });
    const stated = await world.call('DELETE', `${path}/taken?propagationPolicy=Background`);
    expect(stated.headers.get('warning')).toBeNull();
    expect(stated.body.status).toBe('Success');
  });
});
