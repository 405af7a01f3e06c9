/** POST pods/NAME/binding: the pod goes to a node. 409 when it is bound already. */
import { storageKey } from '#schema/resource.ts';
import { invalid as invalidField, notSupported, required } from '#schema/validation/errors.ts';
import type { Handler } from '../call.ts';
import { invalid } from '../errors.ts';
import { writeOptions } from '../options.ts';
import { json } from '../respond.ts';
import { withManager } from '../write.ts';
import { readSubresource } from './body.ts';

export const binding: Handler = async (call) => {
  const { target, server } = call;
  const options = writeOptions('CreateOptions', call.query);
  const body = await readSubresource(call, options);
  const { target: to, metadata } = body;
  const errors = [
    ...(to?.kind && to.kind !== 'Node' ? [notSupported('target.kind', to.kind, ['Node', '<empty>'])] : []),
    ...(to?.name ? [] : [required('target.name')]),
    ...(metadata.name === target.name ? [] : [invalidField('metadata.name', metadata.name, 'must match the pod')]),
  ];
  if (errors.length > 0) throw invalid({ group: '', resource: 'bindings', kind: 'Binding' }, target.name, errors);
  await server.registry.one({
    op: 'update',
    definition: target.definition,
    actor: withManager(call, options),
    key: { resource: storageKey(target.definition), namespace: target.namespace, name: target.name },
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
