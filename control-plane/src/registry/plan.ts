/**
 * From a wish and the stored object to the state that should be written: defaults, preparation, admission, allocation, validation. Pure given
 * its context; throws ApiError where the wish is refused.
 */
import { applyDefaults } from '#schema/dsl/default.ts';
import { validateStruct } from '#schema/dsl/validate.ts';
import type { FieldError, KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { AdmissionContext, AdmissionRequest, ListKey } from '../admission/admission.ts';
import { admissionSteps } from '../admission/steps.ts';
import { conflict, invalid, staleObject } from '../apiserver/errors.ts';
import type { ObjectKey, QuotaLimit } from '../store/store.ts';
import { cloneObject } from './clone.ts';
import { planDeletion, removesOnUpdate } from './deletion.ts';
import type { CreateIntent, DeleteIntent, Intent, UpdateIntent } from './intent.ts';
import { isUnchanged, recordOwnership } from './ownership.ts';
import { type CreateContext, prepareCreate, prepareUpdate } from './prepare.ts';
import { strategyOf } from './strategy.ts';
import { changesSpec } from './subresource-updates.ts';

export interface PlanContext extends AdmissionContext {
  readonly prepare: CreateContext;
}

export type Plan =
  | { readonly action: 'create' | 'update' | 'delete'; readonly object: KubeObject; readonly quota?: readonly QuotaLimit[] }
  | { readonly action: 'none'; readonly object: KubeObject };

const storedSchema = (definition: ResourceDefinition) => definition.versions.find((v) => v.storage)!.schema;

export const applyAllDefaults = (definition: ResourceDefinition, object: KubeObject): void => {
  applyDefaults(storedSchema(definition), object);
  definition.defaults?.(object);
};

const validateAll = (
  definition: ResourceDefinition,
  object: KubeObject,
  old: KubeObject | undefined,
  first: readonly FieldError[],
): void => {
  const errors = [...first, ...validateStruct(storedSchema(definition), object)];
  // Meaning is judged on sound structure only: validators rely on what is required.
  if (errors.length === first.length) errors.push(...(definition.validate?.(object, old) ?? []));
  if (errors.length > 0) throw invalid(definition, object.metadata.name ?? '', errors);
};

const admit = (request: AdmissionRequest, context: PlanContext, phase: 'mutate' | 'validate'): void => {
  for (const step of admissionSteps) step[phase]?.(request, context);
};

/** What admission of this wish will want to look up, from its object as far as it is known: of an update only where it is. */
export const admissionReads = (intent: Intent): { readonly keys: readonly ObjectKey[]; readonly lists: readonly ListKey[] } => {
  const request = requestOf(intent, intent.op === 'create' ? intent.object : placeholder(intent));
  return {
    keys: admissionSteps.flatMap((step) => step.reads?.(request) ?? []),
    lists: admissionSteps.flatMap((step) => step.lists?.(request) ?? []),
  };
};

/** Name and place of an object that is not read yet. */
const placeholder = ({ key }: UpdateIntent | DeleteIntent): KubeObject => ({
  metadata: { name: key.name, ...(key.namespace ? { namespace: key.namespace } : {}) },
});

const requestOf = (intent: Intent, object: KubeObject, old?: KubeObject): AdmissionRequest => ({
  operation: intent.op,
  definition: intent.definition,
  subresource: intent.op === 'update' ? intent.subresource : '',
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name ?? '',
  object,
  actor: intent.actor,
  ...(old ? { old } : {}),
});

const quotaOf = (request: AdmissionRequest, context: PlanContext): { quota?: readonly QuotaLimit[] } => {
  const quota = admissionSteps.flatMap((step) => step.quota?.(request, context) ?? []);
  return quota.length > 0 ? { quota } : {};
};

const allocationContext = (context: PlanContext) => ({ cluster: context.cluster, random: context.random });

export const planCreate = (intent: CreateIntent, context: PlanContext): Plan => {
  const { definition } = intent;
  const object = cloneObject(intent.object);
  applyAllDefaults(definition, object);
  prepareCreate(definition, object, context.prepare);
  recordOwnership(intent, { next: object, sent: intent.object.metadata.managedFields, nowMs: context.nowMs });
  const request = requestOf(intent, object);
  admit(request, context, 'mutate');
  applyAllDefaults(definition, object);
  const errors = strategyOf(definition).allocate?.(object, undefined, allocationContext(context)) ?? [];
  validateAll(definition, object, undefined, errors);
  for (const text of definition.warnings?.(object) ?? []) context.warn(text);
  admit(request, context, 'validate');
  return { action: 'create', object, ...quotaOf(request, context) };
};

export const planUpdate = (intent: UpdateIntent, current: KubeObject, context: PlanContext): Plan => {
  const { definition, subresource } = intent;
  const changed = intent.change(cloneObject(current));
  if (changed === undefined) return { action: 'none', object: current };
  const stated = changed.metadata.resourceVersion;
  // "0" has always meant: whatever is there.
  if (stated && stated !== '0' && stated !== current.metadata.resourceVersion)
    throw conflict(definition, current.metadata.name!, staleObject);
  const given = cloneObject(changed);
  if (!subresource) applyAllDefaults(definition, given);
  const sent = changed.metadata.managedFields;
  const next = prepareUpdate(definition, given, current, subresource, context.prepare);
  recordOwnership(intent, { next, current, sent, nowMs: context.nowMs });
  const request = requestOf(intent, next, current);
  admit(request, context, 'mutate');
  if (!subresource) {
    const errors = strategyOf(definition).allocate?.(next, current, allocationContext(context)) ?? [];
    validateAll(definition, next, current, errors);
    for (const text of definition.warnings?.(next) ?? []) context.warn(text);
  } else if (changesSpec.has(subresource) || (subresource === 'status' && definition.validatesStatus)) {
    applyAllDefaults(definition, next);
    validateAll(definition, next, current, []);
  }
  admit(request, context, 'validate');
  next.metadata.resourceVersion = current.metadata.resourceVersion!;
  if (removesOnUpdate(definition, next)) return { action: 'delete', object: next };
  if (isUnchanged(next, current)) return { action: 'none', object: next };
  return { action: 'update', object: next, ...quotaOf(request, context) };
};

export const planDelete = (intent: DeleteIntent, current: KubeObject, context: PlanContext): Plan => {
  intent.check?.(current);
  admit(requestOf(intent, current), context, 'validate');
  const plan = planDeletion(intent.definition, current, intent.request, context.nowMs);
  const action = plan.action === 'remove' ? 'delete' : plan.action === 'mark' ? 'update' : 'none';
  return { action, object: plan.object };
};
