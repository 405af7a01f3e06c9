import { expect, it } from 'vitest';
import { MemoryRuntime } from '../../runtime/memory/memory-runtime.ts';
import { systemClock } from '../fixtures.ts';
import { createImagePuller, type PullNotice } from './image-puller.ts';

it('tells of a pull as the kubelet does: how long it took and how large the image is', async () => {
  let nowMs = 0;
  const runtime = new MemoryRuntime({ clock: systemClock, clusterUid: 'c' });
  runtime.registry.add('app:1');
  const pullImage = runtime.pullImage.bind(runtime);
  runtime.pullImage = (image) => {
    nowMs += 1_250;
    return pullImage(image);
  };
  const said: string[] = [];
  const notice: PullNotice = ({ reason, message }) => void said.push(`${reason}: ${message}`);
  const puller = createImagePuller(runtime, { ...systemClock, now: () => nowMs });
  const ensure = () => puller.ensure('app:1', 'IfNotPresent', { notice, signal: new AbortController().signal });
  await ensure();
  await ensure();
  expect(said).toEqual([
    'Pulling: Pulling image "app:1"',
    'Pulled: Successfully pulled image "app:1" in 1.25s (1.25s including waiting). Image size: 1 bytes.',
    'Pulled: Container image "app:1" already present on machine',
  ]);
});
