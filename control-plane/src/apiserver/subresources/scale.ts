/** `/scale`: the replica count of whatever can be scaled, in one form. Writes change spec.replicas of the parent and nothing else. */
import { Scale } from '#schema/autoscaling/scale.ts';
import { type KubeObject, type ScaleSpec, storageKey } from '#schema/resource.ts';
import { invalid as invalidField } from '#schema/validation/errors.ts';
import { parseBody } from '../../registry/body.ts';
import { decodeValue, judgeFields } from '../body.ts';
import type { Call, Handler } from '../call.ts';
import { invalid } from '../errors.ts';
import { type WriteOptions, writeOptions } from '../options.ts';
import { readPatch } from '../patching.ts';
import { json } from '../respond.ts';
import { placeObject, withManager } from '../write.ts';
import { readSubresource } from './body.ts';

const expected = { schema: Scale, groupVersion: 'autoscaling/v1', kind: 'Scale' };

const scaleSpec = (call: Call): ScaleSpec => call.target.definition.scale!;

const scaleOf = (call: Call, object: KubeObject): KubeObject => {
  const scale = scaleSpec(call);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = scale.selector(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'],
    spec: { replicas: scale.replicas(object) },
    status: { replicas: scale.statusReplicas(object), ...(selector ? { selector } : {}) },
  };
};

const checked = (call: Call, wanted: KubeObject): number => {
  const replicas = wanted.spec?.replicas ?? 0;
  if (replicas < 0) {
    throw invalid({ group: 'autoscaling', resource: 'scales', kind: 'Scale' }, call.target.name, [
      invalidField('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  }
  return replicas;
};

const write = async (call: Call, options: WriteOptions, wanted: (current: KubeObject) => KubeObject): Promise<Response> => {
  const { target, server } = call;
  const done = await server.registry.one({
    op: 'update',
    definition: target.definition,
    actor: withManager(call, options),
    tracking: { apiVersion: target.groupVersion, subresource: 'scale' },
    key: { resource: storageKey(target.definition), namespace: target.namespace, name: target.name },
    subresource: '',
    dryRun: options.dryRun,
    change: (current) => {
      const scale = wanted(current);
      const next = structuredClone(current);
      scaleSpec(call).setReplicas(next, checked(call, scale));
      const { resourceVersion, uid } = scale.metadata;
      if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
      if (uid) next.metadata.uid = uid;
      return next;
    },
  });
  return json(scaleOf(call, done.object));
};

export const getScale: Handler = async (call) => {
  const { target, server } = call;
  const stored = await server.registry.get(target.definition, target.namespace, target.name);
  return json(scaleOf(call, parseBody(stored.body, stored.revision)));
};

export const updateScale: Handler = async (call) => {
  const options = writeOptions('UpdateOptions', call.query);
  const scale: KubeObject = await readSubresource(call, options);
  return write(call, options, () => scale);
};

export const patchScale: Handler = async (call) => {
  const options = writeOptions('PatchOptions', call.query);
  const { apply, duplicates } = await readPatch(call.request, Scale, 'Scale');
  judgeFields(duplicates, expected, options.fieldValidation, call.warnings);
  return write(call, options, (current) => {
    const patched = decodeValue(apply(scaleOf(call, current)), expected, { ...options, warnings: call.warnings });
    return placeObject(call.target, patched);
  });
};
