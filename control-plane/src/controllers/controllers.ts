/** Every controller of the control loop. A controller is one folder and one line here; order does not matter. */
import type { Controller } from '../controller-runtime/controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { deployment } from './deployment/deployment.ts';
import { namespace } from './namespace/namespace.ts';
import { nodeIpam } from './node-ipam/node-ipam.ts';
import { replicaSet } from './replica-set/replica-set.ts';
import { replicationController } from './replication-controller/replication-controller.ts';

export const controllers: readonly Controller[] = [deployment, namespace, nodeIpam, replicaSet, replicationController, scheduler];
