/** `/scale`: the replica count of whatever can be scaled, in one form. Writes change spec.replicas of the parent and nothing else. */
import type { ManagedEntry } from '#schema/apply/managed-fields.ts';
import { Scale } from '#schema/autoscaling/scale.ts';
import { ageColumn, integer, nameColumn } from '#schema/meta/columns.ts';
import { type KubeObject, type ScaleSpec, storageKey } from '#schema/resource.ts';
import { invalid as invalidField } from '#schema/validation/errors.ts';
import { converting } from '../../conversion/unconverted.ts';
import { parseBody } from '../../registry/body.ts';
import { applyType, readApplication } from '../applying.ts';
import { decodeValue, judgeFields, mediaType } from '../body.ts';
import type { Call, Handler } from '../call.ts';
import { invalid } from '../errors.ts';
import { negotiate } from '../negotiation.ts';
import { patchOptions, type WriteOptions, writeOptions } from '../options.ts';
import { readPatch } from '../patching.ts';
import { json } from '../respond.ts';
import { includeObjectOf, tableOf } from '../tables.ts';
import { placeObject, withManager } from '../write.ts';
import { appliedScale, scaleType } from './apply-scale.ts';
import { readSubresource } from './body.ts';

const expected = { schema: Scale, groupVersion: 'autoscaling/v1', kind: 'Scale' };

const isApply = (call: Call): boolean => call.request.method === 'PATCH' && mediaType(call.request) === applyType;

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

const columns = [
  nameColumn,
  integer('Desired', 'Replicas wanted.', (scale: KubeObject) => scale.spec?.replicas ?? 0),
  integer('Available', 'Replicas there are.', (scale: KubeObject) => scale.status?.replicas ?? 0),
  ageColumn,
];

/** As the client wants it: the Scale, or the row that `kubectl get --subresource=scale` prints. */
const scaleResponse = (call: Call, scale: KubeObject): Response => {
  const wanted = negotiate(call.request.headers.get('accept'));
  if (wanted.as !== 'table') return json(scale);
  return json(
    tableOf({
      target: { definition: { ...call.target.definition, columns } },
      metaVersion: wanted.metaVersion,
      includeObject: includeObjectOf(call.query),
      nowMs: call.nowMs,
      metadata: { resourceVersion: scale.metadata.resourceVersion },
      rows: [{ stored: scale, served: scale }],
    }),
  );
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

interface Wanted {
  readonly scale: KubeObject;
  /** managedFields of the parent as they will be; absent: recorded as an update. */
  readonly entries?: readonly ManagedEntry[];
}

const write = async (call: Call, options: WriteOptions, wanted: (current: KubeObject) => Wanted): Promise<Response> => {
  const { target, server } = call;
  const done = await server.registry.one({
    op: 'update',
    definition: target.definition,
    actor: withManager(call, options),
    tracking: { apiVersion: target.groupVersion, subresource: 'scale', applied: isApply(call) },
    key: { resource: storageKey(target.definition), namespace: target.namespace, name: target.name },
    subresource: '',
    dryRun: options.dryRun,
    ...call.heard,
    change: (current) => {
      const { scale, entries } = wanted(current);
      const next = structuredClone(current);
      scaleSpec(call).setReplicas(next, checked(call, scale));
      const { resourceVersion, uid } = scale.metadata;
      if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
      if (uid) next.metadata.uid = uid;
      return entries ? { ...next, metadata: { ...next.metadata, managedFields: [...entries] as any } } : next;
    },
  });
  return scaleResponse(call, await converting(() => scaleOf(call, done.object)));
};

export const getScale: Handler = async (call) => {
  const { target, server } = call;
  const stored = await server.registry.get(target.definition, target.namespace, target.name);
  return scaleResponse(call, await converting(() => scaleOf(call, parseBody(stored.body, stored.revision))));
};

export const updateScale: Handler = async (call) => {
  const options = writeOptions('UpdateOptions', call.query);
  const scale: KubeObject = await readSubresource(call, options);
  return write(call, options, () => ({ scale }));
};

const applyScale: Handler = async (call) => {
  const application = await readApplication(call, expected, scaleType);
  return write(call, application.options, (current) =>
    appliedScale(call, application, { current, scale: scaleOf(call, current), expected }),
  );
};

export const patchScale: Handler = async (call) => {
  if (isApply(call)) return applyScale(call);
  const options = patchOptions(call.query);
  const { apply, duplicates } = await readPatch(call.request, { schema: Scale, kind: 'Scale', strategic: true });
  judgeFields(duplicates, expected, options.fieldValidation, call.warnings);
  return write(call, options, (current) => {
    const patched = decodeValue(apply(scaleOf(call, current)), expected, { ...options, warnings: call.warnings });
    return { scale: placeObject(call.target, patched) };
  });
};
