/** Every controller of the control loop. A controller is one folder and one line here; order does not matter. */
import type { Controller } from '../controller-runtime/controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { clusterServices } from './cluster-services/cluster-services.ts';
import { deployment } from './deployment/deployment.ts';
import { endpointSlice } from './endpoint-slice/endpoint-slice.ts';
import { endpoints } from './endpoints/endpoints.ts';
import { garbageCollector } from './garbage-collector/garbage-collector.ts';
import { namespace } from './namespace/namespace.ts';
import { nodeIpam } from './node-ipam/node-ipam.ts';
import { nodeLifecycle } from './node-lifecycle/node-lifecycle.ts';
import { podCollector } from './pod-collector/pod-collector.ts';
import { replicaSet } from './replica-set/replica-set.ts';
import { replicationController } from './replication-controller/replication-controller.ts';

export const controllers: readonly Controller[] = [
  clusterServices,
  deployment,
  endpointSlice,
  endpoints,
  garbageCollector,
  namespace,
  nodeIpam,
  nodeLifecycle,
  podCollector,
  replicaSet,
  replicationController,
  scheduler,
];
