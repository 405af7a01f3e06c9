import { systemClock } from '../../pods/fixtures.ts';
import { describeRuntime } from '../contract.ts';
import { MemoryRuntime } from './memory-runtime.ts';

describeRuntime('memory', {
  open: (clusterUid) => new MemoryRuntime({ clock: systemClock, clusterUid, images: ['busybox:latest'] }),
  image: 'busybox:latest',
  serve: ['serve'],
});
