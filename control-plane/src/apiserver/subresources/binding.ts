/** POST pods/NAME/binding, and the older POST bindings, whose body names the pod: the pod goes to a node. 409 when it is bound already. */
import { bindings } from '#schema/core/binding.ts';
import { pods } from '#schema/core/pod.ts';
import { storageKey } from '#schema/resource.ts';
import { invalid as invalidField, notSupported, required } from '#schema/validation/errors.ts';
import { readObject } from '../body.ts';
import type { Call, Handler } from '../call.ts';
import { badRequest, invalid } from '../errors.ts';
import { type WriteOptions, writeOptions } from '../options.ts';
import { json } from '../respond.ts';
import { expectedOf, placeObject, withManager } from '../write.ts';
import { readSubresource } from './body.ts';

const bind = async (call: Call, podName: string, { body, options }: { body: any; options: WriteOptions }): Promise<Response> => {
  const { target, server } = call;
  const { target: to, metadata } = body;
  const errors = [
    ...(to?.kind && to.kind !== 'Node' ? [notSupported('target.kind', to.kind, ['Node', '<empty>'])] : []),
    ...(to?.name ? [] : [required('target.name')]),
    ...(metadata.name === podName ? [] : [invalidField('metadata.name', metadata.name, 'must match the pod')]),
  ];
  if (errors.length > 0) throw invalid({ group: '', resource: 'bindings', kind: 'Binding' }, podName, errors);
  await server.registry.one({
    op: 'update',
    definition: pods,
    actor: withManager(call, options),
    key: { resource: storageKey(pods), namespace: target.namespace, name: podName },
    subresource: 'binding',
    ...(metadata.uid ? { uid: metadata.uid } : {}),
    change: (current) => ({
      ...current,
      metadata: { ...current.metadata, ...(metadata.annotations ? { annotations: metadata.annotations } : {}) },
      spec: { ...current.spec, nodeName: to.name },
    }),
    dryRun: options.dryRun,
    ...call.heard,
  });
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
};

export const binding: Handler = async (call) => {
  const options = writeOptions('CreateOptions', call.query);
  return bind(call, call.target.name, { body: await readSubresource(call, options), options });
};

const create: Handler = async (call) => {
  const options = writeOptions('CreateOptions', call.query);
  const sent = await readObject(call.request, expectedOf(call.target), { ...options, warnings: call.warnings });
  if (sent === undefined) throw badRequest('the request body is empty');
  const body = placeObject(call.target, sent);
  if (!body.metadata.name) throw badRequest('name is required');
  return bind(call, body.metadata.name, { body, options });
};

/** By storage key, then verb. */
export const bindingHandlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = { [storageKey(bindings)]: { create } };
