/**
 * ComponentStatus: get and list of what this process can see of the control plane's parts, which is its store. Controllers and scheduler run
 * elsewhere and are not asked.
 */
import { componentStatuses } from '#schema/core/component-status.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { encodeBody } from '../registry/body.ts';
import type { Call, Handler } from './call.ts';
import { listResponse, objectResponse } from './encode.ts';
import { notFound } from './errors.ts';

/** The name clients know the store of a cluster by. */
const STORE = 'etcd-0';

const read = async ({ server }: Call): Promise<KubeObject> => {
  const healthy = await server.platform.store.head().then(
    () => ({ type: 'Healthy', status: 'True', message: 'ok' }),
    (error: unknown) => ({ type: 'Healthy', status: 'False', error: error instanceof Error ? error.message : 'unknown' }),
  );
  return { apiVersion: 'v1', kind: 'ComponentStatus', metadata: { name: STORE }, conditions: [healthy] };
};

const get: Handler = async (call) => {
  if (call.target.name !== STORE) throw notFound(call.target, call.target.name);
  return objectResponse(call, await read(call));
};

const list: Handler = async (call) => {
  const item = { resource: storageKey(componentStatuses), namespace: '', name: STORE, uid: '', revision: 0 };
  return listResponse(call, [{ ...item, body: encodeBody(componentStatuses, await read(call)) }], { resourceVersion: '' });
};

/** By storage key, then verb. */
export const componentStatusHandlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  [storageKey(componentStatuses)]: { get, list },
};
