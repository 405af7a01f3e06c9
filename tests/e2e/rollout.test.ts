/** A Deployment on its way from template to template: status, history, undo, pause, resume, restart, an image that is not there, a deadline that passes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { createTranscript, expectTranscript } from '../harness/transcript.ts';
import { type Platform, platforms } from './platforms.ts';

const suite = (platform: Platform) => {
  let cluster: TestCluster;
  const field = (object: string, path: string) => cluster.ok(['get', ...object.split('/'), '-o', `jsonpath={${path}}`]);
  const pods = async (app: string) =>
    (await cluster.ok(['get', 'pods', '-l', `app=${app}`, '-o', 'name'])).trim().split('\n').filter(Boolean);
  const settled = async (app: string, count: number) => {
    expect(await cluster.ok(`rollout status deployment/${app} --timeout=120s`)).toContain('successfully rolled out');
    await waitFor(`${count} pods of ${app}`, async () => (await pods(app)).length === count);
  };

  beforeAll(async () => {
    cluster = await startCluster({ name: 'rollout', platform });
  });
  afterAll(() => cluster?.stop());

  it('tells its history and goes back', async () => {
    const session = createTranscript(cluster.kubectl, { masks: cluster.masks });
    await session.run('create deployment web --image=nginx:1.27 --replicas=2');
    await settled('web', 2);
    await session.run('rollout status deployment/web');
    await session.run('set image deployment/web nginx=nginx:1.28');
    await cluster.ok('annotate deployment/web kubernetes.io/change-cause=newer');
    await settled('web', 2);
    // the cause is told by the ReplicaSet, which gets it from the Deployment when its controller sees it there
    await waitFor('the cause of the change', async () => (await cluster.ok('rollout history deployment/web')).includes('newer'));
    await session.run('rollout history deployment/web');
    await session.run('rollout history deployment/web --revision=2');
    await session.run('rollout undo deployment/web');
    await settled('web', 2);
    await session.run('rollout history deployment/web');
    expect(await field('deployment/web', '.spec.template.spec.containers[0].image')).toBe('nginx:1.27');
    await session.run('rollout undo deployment/web --to-revision=2');
    await settled('web', 2);
    expect(await field('deployment/web', '.spec.template.spec.containers[0].image')).toBe('nginx:1.28');
    await session.run('rollout undo deployment/web --to-revision=9');
    await session.run('rollout undo deployment/web --to-revision=4');
    await session.run('rollout history deployment/web --revision=9');
    await session.run('delete deployment web');
    await session.run('rollout status deployment/web');
    expectTranscript('rollout-history', session);
  });

  it('pauses, resumes and restarts', async () => {
    const session = createTranscript(cluster.kubectl, { masks: cluster.masks });
    await cluster.ok('create deployment calm --image=nginx:1.27');
    await settled('calm', 1);
    const before = await pods('calm');
    await session.run('rollout pause deployment/calm');
    await session.run('rollout pause deployment/calm');
    await session.run('set image deployment/calm nginx=nginx:1.28');
    await session.run('rollout undo deployment/calm');
    await session.run('rollout restart deployment/calm');
    await waitFor('the paused change to be seen', async () => {
      const [generation, observed] = (await field('deployment/calm', '.metadata.generation} {.status.observedGeneration')).split(' ');
      return generation === observed;
    });
    expect(await pods('calm')).toEqual(before);
    await session.run('rollout resume deployment/calm');
    await settled('calm', 1);
    const resumed = await pods('calm');
    expect(resumed).not.toEqual(before);
    await session.run('rollout resume deployment/calm');
    await session.run('rollout restart deployment/calm');
    await settled('calm', 1);
    expect(await pods('calm')).not.toEqual(resumed);
    await session.run('rollout history deployment/calm');
    await cluster.ok('delete deployment calm');
    expectTranscript('rollout-pause', session);
  });

  it('follows a rollout step by step', async () => {
    await cluster.ok('create deployment steps --image=nginx:1.27 --replicas=3');
    await settled('steps', 3);
    // Each new pod counts only after a second, so that no step is too short to be seen.
    await cluster.ok(['patch', 'deployment', 'steps', '-p', '{"spec":{"minReadySeconds":1}}']);
    await settled('steps', 3);
    // the rollout begins when it is watched
    await cluster.ok('rollout pause deployment/steps');
    await cluster.ok('set image deployment/steps nginx=nginx:1.28');
    const watching = cluster.startKubectl('rollout status deployment/steps --timeout=120s');
    await watching.waitForOutput(/0 out of 3 new replicas have been updated/);
    await cluster.ok('rollout resume deployment/steps');
    const { stdout, code } = await watching.ended;
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toContain('Waiting for deployment "steps" rollout to finish: 1 out of 3 new replicas have been updated...');
    expect(lines).toContain('Waiting for deployment "steps" rollout to finish: 2 out of 3 new replicas have been updated...');
    expect(lines).toContain('Waiting for deployment "steps" rollout to finish: 1 old replicas are pending termination...');
    expect(lines.at(-1)).toBe('deployment "steps" successfully rolled out');
    await cluster.ok('delete deployment steps');
  });

  it('keeps serving when the new image is not there, and says what is wrong', async () => {
    await cluster.ok('create deployment broken --image=nginx:1.27 --replicas=2');
    await settled('broken', 2);
    await cluster.ok(['patch', 'deployment', 'broken', '-p', '{"spec":{"progressDeadlineSeconds":3}}']);
    // each state is shown for a while only: a watch misses none
    const watching = cluster.startKubectl('get pods -l app=broken -w');
    await cluster.ok('set image deployment/broken nginx=nosuchimage:9.9');
    for (const state of [/ErrImagePull/, /ImagePullBackOff/]) await watching.waitForOutput(state);
    await watching.stop();
    const session = createTranscript(cluster.kubectl, { masks: cluster.masks });
    await waitFor(
      'the deadline',
      async () => (await field('deployment/broken', '.status.conditions[?(@.type=="Progressing")].status')) === 'False',
    );
    await session.run('rollout status deployment/broken');
    await session.run('get deployment broken');
    // the way back has all the time it needs
    await cluster.ok(['patch', 'deployment', 'broken', '-p', '{"spec":{"progressDeadlineSeconds":600}}']);
    await session.run('rollout undo deployment/broken');
    await settled('broken', 2);
    await session.run('get deployment broken');
    expectTranscript('rollout-broken', session);
    await cluster.ok('delete deployment broken');
  });
};

for (const platform of platforms) describe(`on ${platform}`, () => suite(platform));
