/**
 * PATCH with application/apply-patch+yaml: creates what is not there, else merges. A lost race is tried again with the newer object unless the
 * configuration states a resourceVersion; an object that appears or goes meanwhile is met as it is then.
 */
import { type Application, applyConfiguration } from '#schema/apply/apply.ts';
import type { JsonObject } from '#schema/dsl/own.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { converting } from '../../conversion/unconverted.ts';
import { ignoredFields, storedEntries } from '../../registry/ownership.ts';
import { applyAllDefaults } from '../../registry/plan.ts';
import { saidTo } from '../../registry/subresource-updates.ts';
import { typeOfVersion, versionViews } from '../../registry/version-views.ts';
import { applyConflict, comparable, readApplication } from '../applying.ts';
import { decodeValue } from '../body.ts';
import { type Call, type Handler, toServed } from '../call.ts';
import { objectResponse } from '../encode.ts';
import { ApiError, conflict } from '../errors.ts';
import { foreignConflicts, keepLastApplied } from '../last-applied.ts';
import { negotiate } from '../negotiation.ts';
import { expectedOf, mayCreate, placeObject, storedForm, withManager } from '../write.ts';

/** Times an object may appear and vanish under one request. */
const maxTries = 8;

/** Decoded, in the stored form with its defaults, and back; where a version knows its own defaults, without that way. */
const complete = (call: Call, object: JsonObject): JsonObject => {
  const decoded = decodeValue(object, expectedOf(call.target), { fieldValidation: 'Ignore', warnings: [] });
  const { complete: own } = call.target.served;
  if (own) return own(placeObject(call.target, decoded));
  const stored = storedForm(call.target, decoded);
  applyAllDefaults(call.target.definition, stored);
  return toServed(call.target, stored);
};

export const apply: Handler = async (call) => {
  const { target, server } = call;
  const { definition, subresource } = target;
  const type = typeOfVersion(target.served);
  const wanted = negotiate(call.request.headers.get('accept'));
  const { config, options, force } = await readApplication(call, expectedOf(target), type);
  const { fieldManager } = options;
  const written = { ...(saidTo[subresource]?.(config) ?? config) };
  if (definition.hasStatus && subresource === '') delete written.status;

  const merged = (current: KubeObject | undefined): KubeObject => {
    const live = current ? comparable(toServed(target, current)) : {};
    const names = [...new Set([...Object.keys(live), ...Object.keys(config)])];
    const application: Application = {
      live,
      config: written,
      entries: storedEntries(current),
      owner: { manager: fieldManager, apiVersion: target.groupVersion, ...(subresource ? { subresource } : {}) },
      force,
      now: toRfc3339(call.nowMs),
      ignored: ignoredFields(definition, subresource, names),
      versionOf: versionViews(definition, target.groupVersion),
      complete: (object) => complete(call, object),
    };
    let applied = applyConfiguration(application);
    if ('conflicts' in applied) {
      const left = foreignConflicts(applied.conflicts, { type, live, fieldManager });
      if (left.length > 0) throw applyConflict(left);
      applied = applyConfiguration({ ...application, force: true });
      if ('conflicts' in applied) throw applyConflict(applied.conflicts);
    }
    const object = storedForm(target, applied.object as KubeObject);
    keepLastApplied(object, config, fieldManager);
    return { ...object, metadata: { ...object.metadata, managedFields: [...applied.entries] as any } };
  };

  const common = {
    definition,
    actor: withManager(call, options),
    tracking: { apiVersion: target.groupVersion, applied: true },
    dryRun: options.dryRun,
    ...call.heard,
  };
  const key = { resource: storageKey(definition), namespace: target.namespace, name: target.name };
  for (let tries = 1; ; tries++) {
    try {
      const done = await server.registry.one({ ...common, op: 'update', key, subresource, change: merged });
      return objectResponse(call, done.object, { wanted });
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'NotFound' || subresource !== '') throw error;
    }
    const { uid, resourceVersion } = config.metadata;
    if (uid) {
      throw conflict(target, target.name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
    }
    if (resourceVersion && resourceVersion !== '0') {
      throw conflict(
        target,
        target.name,
        `the provided object specified resourceVersion ${resourceVersion}, and no existing object was found`,
      );
    }
    await mayCreate(call);
    try {
      const done = await server.registry.one({ ...common, op: 'create', object: await converting(() => merged(undefined)) });
      return objectResponse(call, done.object, { status: 201, wanted });
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists' || tries === maxTries) throw error;
    }
  }
};
