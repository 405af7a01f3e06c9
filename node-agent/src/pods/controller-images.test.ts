/** Images: pulled, present, missing and impossible ones. */
import { expect, it } from 'vitest';
import { ImagePullError } from '../runtime/runtime.ts';
import { app, ready, startAgent, waiting } from './controller-fixture.ts';
import { podOf } from './fixtures.ts';

it('says why an image cannot be had, backs off, and runs once it is there', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('web', { containers: [app({ image: 'late:1' })] }));
  await agent.until('uid-web', waiting('ErrImagePull'));
  await agent.clock.advance(3_000);
  const status = await agent.until('uid-web', waiting('ImagePullBackOff'));
  expect(status.containerStatuses![0]!.state!.waiting!.message).toMatch(/^Back-off pulling image "late:1": ErrImagePull: /);
  agent.runtime.registry.add('late:1');
  await agent.clock.advance(7_000);
  await agent.until('uid-web', ready);
  expect(agent.sink.events()).toContain('Pulling Pulling image "late:1"');
  expect(agent.sink.events()).toContain('BackOff Back-off pulling image "late:1"');
});

it('uses the present image when policy is Always and no registry can be reached', async () => {
  const agent = await startAgent();
  agent.runtime.failNext('pullImage', new ImagePullError('RegistryUnavailable', 'dial tcp: no such host'));
  agent.view.put('core/pods', podOf('web', { containers: [app({ imagePullPolicy: 'Always' })] }));
  await agent.until('uid-web', ready);
  expect(agent.sink.events().slice(0, 2)).toEqual([
    'Pulling Pulling image "app:1"',
    'Pulled Container image "app:1" already present on machine',
  ]);
});

it('says which pull secrets are missing, and tries without them', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('web', { imagePullSecrets: [{ name: 'one' }, { name: 'two' }], containers: [app()] }));
  await agent.until('uid-web', ready);
  expect(agent.sink.events()).toContain(
    'FailedToRetrieveImagePullSecret Unable to retrieve some image pull secrets (one, two); attempting to pull the image may not succeed.',
  );
});

it('never pulls with policy Never', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('web', { containers: [app({ image: 'other:1', imagePullPolicy: 'Never' })] }));
  await agent.until('uid-web', waiting('ErrImageNeverPull'));
  expect(agent.calls('pullImage')).toEqual([]);
});

it('asks no engine for what cannot be an image, and says so', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('web', { containers: [app({ image: '../Containers?all=1' })] }));
  const status = await agent.until('uid-web', waiting('InvalidImageName'));
  expect(status.containerStatuses![0]!.state!.waiting!.message).toContain('invalid reference format');
  expect(agent.sink.events()).toContain('Failed Error: InvalidImageName');
  expect(agent.calls('pullImage')).toEqual([]);
});
