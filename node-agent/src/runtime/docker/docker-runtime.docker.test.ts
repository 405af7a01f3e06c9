import Docker from 'dockerode';
import { describeRuntime } from '../contract.ts';
import { createContainerRuntime } from './docker-runtime.ts';

const docker = new Docker();

describeRuntime('docker', {
  open: (clusterUid) => createContainerRuntime({ docker, clusterUid, network: 'bridge' }),
  image: 'busybox:latest',
  serve: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.05; done'],
});
