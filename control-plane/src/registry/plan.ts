/**
 * From a wish and the stored object to the state that should be written: defaults, preparation, admission, allocation, validation. Pure given
 * its context; throws ApiError where the wish is refused.
 */
import { applyDefaults } from '#schema/dsl/default.ts';
import { validateStruct } from '#schema/dsl/validate.ts';
import type { FieldError, KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { AdmissionContext, AdmissionRequest } from '../admission/admission.ts';
import { admissionSteps } from '../admission/steps.ts';
import { conflict, invalid, staleObject } from '../apiserver/errors.ts';
import type { ObjectKey } from '../store/store.ts';
import { planDeletion, removesOnUpdate } from './deletion.ts';
import { equal } from './equal.ts';
import type { CreateIntent, DeleteIntent, Intent, UpdateIntent } from './intent.ts';
import { type CreateContext, prepareCreate, prepareUpdate } from './prepare.ts';
import { strategyOf } from './strategy.ts';
import { changesSpec } from './subresource-updates.ts';

export interface PlanContext extends AdmissionContext {
  readonly prepare: CreateContext;
}

export type Plan =
  | { readonly action: 'create' | 'update' | 'delete'; readonly object: KubeObject }
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

/** What admission of this wish will want to look up. `object` is its object as far as it is known. */
export const admissionReads = (intent: Intent): readonly ObjectKey[] => {
  if (intent.op !== 'create') return [];
  const request = requestOf(intent, intent.object);
  return admissionSteps.flatMap((step) => step.reads?.(request) ?? []);
};

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

const allocationContext = (context: PlanContext) => ({ cluster: context.cluster, random: context.random });

export const planCreate = (intent: CreateIntent, context: PlanContext): Plan => {
  const { definition } = intent;
  const object = structuredClone(intent.object);
  applyAllDefaults(definition, object);
  prepareCreate(definition, object, context.prepare);
  const request = requestOf(intent, object);
  admit(request, context, 'mutate');
  applyAllDefaults(definition, object);
  const errors = strategyOf(definition).allocate?.(object, undefined, allocationContext(context)) ?? [];
  validateAll(definition, object, undefined, errors);
  admit(request, context, 'validate');
  return { action: 'create', object };
};

export const planUpdate = (intent: UpdateIntent, current: KubeObject, context: PlanContext): Plan => {
  const { definition, subresource } = intent;
  const changed = intent.change(structuredClone(current));
  if (changed === undefined) return { action: 'none', object: current };
  const stated = changed.metadata.resourceVersion;
  // "0" has always meant: whatever is there.
  if (stated && stated !== '0' && stated !== current.metadata.resourceVersion)
    throw conflict(definition, current.metadata.name!, staleObject);
  const given = structuredClone(changed);
  if (!subresource) applyAllDefaults(definition, given);
  const next = prepareUpdate(definition, given, current, subresource, context.prepare);
  const request = requestOf(intent, next, current);
  admit(request, context, 'mutate');
  if (!subresource) {
    const errors = strategyOf(definition).allocate?.(next, current, allocationContext(context)) ?? [];
    validateAll(definition, next, current, errors);
  } else if (changesSpec.has(subresource)) {
    applyAllDefaults(definition, next);
    validateAll(definition, next, current, []);
  }
  admit(request, context, 'validate');
  next.metadata.resourceVersion = current.metadata.resourceVersion!;
  if (removesOnUpdate(definition, next)) return { action: 'delete', object: next };
  return { action: equal(next, current) ? 'none' : 'update', object: next };
};

export const planDelete = (intent: DeleteIntent, current: KubeObject, context: PlanContext): Plan => {
  intent.check?.(current);
  admit(requestOf(intent, current), context, 'validate');
  const plan = planDeletion(intent.definition, current, intent.request, context.nowMs);
  const action = plan.action === 'remove' ? 'delete' : plan.action === 'mark' ? 'update' : 'none';
  return { action, object: plan.object };
};
