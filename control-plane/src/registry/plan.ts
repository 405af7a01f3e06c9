/**
 * From a wish and the stored object to the state that should be written: defaults, preparation, admission, allocation, validation. Pure given
 * its context; throws ApiError where the wish is refused. It pauses where Kubernetes asks webhooks and policies: whoever drives it asks them and
 * goes on with the object as they changed it, or with none.
 */
import { applyDefaults } from '#schema/dsl/default.ts';
import type { FieldError, KubeObject, ResourceDefinition, ServedVersion } from '#schema/resource.ts';
import { validateObject } from '#schema/validation/whole-object.ts';
import type { AdmissionContext, AdmissionRequest, ListKey } from '../admission/admission.ts';
import { admissionSteps } from '../admission/steps.ts';
import { conflict, invalid, staleObject } from '../apiserver/errors.ts';
import type { ObjectKey, QuotaLimit } from '../store/store.ts';
import { cloneObject } from './clone.ts';
import { planDeletion, removesOnUpdate } from './deletion.ts';
import type { CreateIntent, DeleteIntent, Intent, UpdateIntent } from './intent.ts';
import { isUnchanged, recordOwnership } from './ownership.ts';
import { type CreateContext, prepareCreate, prepareUpdate } from './prepare.ts';
import { strategyOf } from './strategies.ts';
import { changesSpec } from './subresource-updates.ts';
import { apiVersionOf } from './version-views.ts';

export interface PlanContext extends AdmissionContext {
  readonly prepare: CreateContext;
}

export type Plan =
  | { readonly action: 'create' | 'update' | 'delete'; readonly object: KubeObject; readonly quota?: readonly QuotaLimit[] }
  | { readonly action: 'none'; readonly object: KubeObject };

/** Where others are asked: after the built-in `mutate` steps, once more when they changed something, and after the `validate` steps. */
export interface Pause {
  readonly phase: 'mutate' | 'reinvoke' | 'validate';
  readonly request: AdmissionRequest;
}

/** Takes the changed object of a `mutate` or `reinvoke` pause; undefined: nothing changed. Drive to the end, or drop. */
export type Planning = Generator<Pause, Plan, KubeObject | undefined>;

const storedSchema = (definition: ResourceDefinition) => definition.versions.find((v) => v.storage)!.schema;

export const applyAllDefaults = (definition: ResourceDefinition, object: KubeObject): void => {
  applyDefaults(storedSchema(definition), object);
  definition.defaults?.(object);
};

const validateAll = (
  definition: ResourceDefinition,
  object: KubeObject,
  old: KubeObject | undefined,
  {
    first = [],
    subresource = '',
    sent,
  }: { readonly first?: readonly FieldError[]; readonly subresource?: string; readonly sent?: ServedVersion | undefined },
): void => {
  const errors = [...first, ...validateObject(definition, object, old, subresource), ...(sent?.validate?.(object) ?? [])];
  if (errors.length > 0) throw invalid(definition, object.metadata.name ?? '', errors);
};

/** The version a wish was spoken in, where that is known. */
const versionOf = ({ definition, tracking }: Intent): ServedVersion | undefined =>
  definition.versions.find((version) => apiVersionOf(definition, version) === tracking?.apiVersion);

const kept = (definition: ResourceDefinition, object: KubeObject): KubeObject => definition.kept?.(object) ?? object;

/** Where somebody listens. */
const warn = ({ definition, warn: say }: Intent, object: KubeObject, old?: KubeObject): void => {
  if (say) for (const text of definition.warnings?.(object, old) ?? []) say(text);
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

/** The built-in `mutate` steps, what others make of it, and both again when they changed it. `complete` makes a foreign object sound again. */
function* mutated(
  context: PlanContext,
  requestFor: (object: KubeObject) => AdmissionRequest,
  first: KubeObject,
  complete: (changed: KubeObject, before: KubeObject) => KubeObject,
): Generator<Pause, AdmissionRequest, KubeObject | undefined> {
  let request = requestFor(first);
  admit(request, context, 'mutate');
  for (const phase of ['mutate', 'reinvoke'] as const) {
    const changed = yield { phase, request };
    if (!changed) break;
    request = requestFor(complete(changed, request.object));
    admit(request, context, 'mutate');
  }
  return request;
}

/** Ownership was recorded before others changed the object, as in Kubernetes. */
const keepOwnership = (object: KubeObject, { metadata: { managedFields } }: KubeObject): KubeObject => {
  if (managedFields) object.metadata.managedFields = managedFields;
  else delete object.metadata.managedFields;
  return object;
};

export function* planCreate(intent: CreateIntent, context: PlanContext): Planning {
  const { definition } = intent;
  const first = cloneObject(intent.object);
  applyAllDefaults(definition, first);
  prepareCreate(definition, first, context.prepare);
  recordOwnership(intent, { next: first, sent: intent.object.metadata.managedFields, nowMs: context.nowMs });
  const request = yield* mutated(
    context,
    (object) => requestOf(intent, object),
    first,
    (changed, before) => {
      const { name, namespace, uid } = before.metadata;
      Object.assign(changed.metadata, { name, ...(namespace ? { namespace } : {}) });
      applyAllDefaults(definition, changed);
      prepareCreate(definition, changed, { ...context.prepare, uuid: () => uid! });
      return keepOwnership(changed, before);
    },
  );
  const { object } = request;
  applyAllDefaults(definition, object);
  const errors = strategyOf(definition).allocate?.(object, undefined, allocationContext(context)) ?? [];
  validateAll(definition, object, undefined, { first: errors, sent: versionOf(intent) });
  warn(intent, object);
  admit(request, context, 'validate');
  yield { phase: 'validate', request };
  return { action: 'create', object: kept(definition, object), ...quotaOf(request, context) };
}

export function* planUpdate(intent: UpdateIntent, current: KubeObject, context: PlanContext): Planning {
  const { definition, subresource } = intent;
  const changed = intent.change(cloneObject(current));
  if (changed === undefined) return { action: 'none', object: current };
  const stated = changed.metadata.resourceVersion;
  // "0" has always meant: whatever is there.
  if (stated && stated !== '0' && stated !== current.metadata.resourceVersion)
    throw conflict(definition, current.metadata.name!, staleObject);
  const given = intent.fresh ? changed : cloneObject(changed);
  if (!subresource) applyAllDefaults(definition, given);
  const sent = changed.metadata.managedFields;
  const first = prepareUpdate(definition, given, current, subresource, context.prepare);
  recordOwnership(intent, { next: first, current, sent, nowMs: context.nowMs });
  const request = yield* mutated(
    context,
    (object) => requestOf(intent, object, current),
    first,
    (changed, before) => {
      if (!subresource) applyAllDefaults(definition, changed);
      return keepOwnership(prepareUpdate(definition, changed, current, subresource, context.prepare), before);
    },
  );
  const next = request.object;
  if (!subresource) {
    const errors = strategyOf(definition).allocate?.(next, current, allocationContext(context)) ?? [];
    validateAll(definition, next, current, { first: errors });
    warn(intent, next, current);
  } else if (changesSpec.has(subresource) || (subresource === 'status' && definition.validatesStatus)) {
    applyAllDefaults(definition, next);
    validateAll(definition, next, current, { subresource });
  }
  admit(request, context, 'validate');
  yield { phase: 'validate', request };
  next.metadata.resourceVersion = current.metadata.resourceVersion!;
  const object = kept(definition, next);
  if (removesOnUpdate(definition, object)) return { action: 'delete', object };
  if (isUnchanged(object, current)) return { action: 'none', object };
  return { action: 'update', object, ...quotaOf(request, context) };
}

export function* planDelete(intent: DeleteIntent, current: KubeObject, context: PlanContext): Planning {
  intent.check?.(current);
  const request = requestOf(intent, current);
  // nothing can be changed, but those who change things may refuse
  yield { phase: 'mutate', request };
  admit(request, context, 'validate');
  yield { phase: 'validate', request };
  const plan = planDeletion(intent.definition, current, intent.request, context.nowMs);
  const action = plan.action === 'remove' ? 'delete' : plan.action === 'mark' ? 'update' : 'none';
  return { action, object: plan.object };
}
