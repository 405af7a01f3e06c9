/**
 * MutatingAdmissionWebhook: webhooks that may change a request, one after the other, each seeing what those before it made. A webhook with
 * `reinvocationPolicy: IfNeeded` is asked again in a second pass when the object changed after its turn.
 */
import { equalJson } from '#schema/dsl/own.ts';
import { jsonPatch, PatchError } from '#schema/patch/json.ts';
import type { KubeObject } from '#schema/resource.ts';
import { internal } from '../../apiserver/errors.ts';
import { converting } from '../../conversion/unconverted.ts';
import { applyAllDefaults } from '../../registry/plan.ts';
import type { AwaitedContext, AwaitedRequest, AwaitedStep } from '../awaited.ts';
import { configuredKinds } from '../configurations.ts';
import type { MatchedVersion } from '../matching.ts';
import type { WebhookCaller } from './caller.ts';
import { CallFailure, denied } from './errors.ts';
import { type Hook, hooksOf, matched, ruledBy } from './hooks.ts';
import { fromView, reviewRequest } from './review.ts';

/** The object after the patch. @throws ApiError InternalError */
const patched = (name: string, request: AwaitedRequest, place: MatchedVersion, patch: unknown): KubeObject => {
  if (request.operation === 'delete' || request.operation === 'connect') {
    if (Array.isArray(patch) && patch.length === 0) return request.object;
    throw internal(`admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`);
  }
  try {
    const object = fromView(request, place, jsonPatch(reviewRequest(request, place).object, patch));
    if (!request.subresource) applyAllDefaults(request.definition, object);
    return object;
  } catch (error) {
    if (error instanceof PatchError || (error instanceof Error && error.constructor === Error)) throw internal(error.message);
    throw error;
  }
};

export const mutatingWebhooks = (caller: WebhookCaller): AwaitedStep => {
  /** The changed object; undefined when nothing was asked or nothing changed. */
  const turn = async (hook: Hook, request: AwaitedRequest, context: AwaitedContext): Promise<KubeObject | undefined> => {
    const { name, failurePolicy } = hook.webhook;
    const { passes } = request;
    if (passes.again && !passes.due.has(hook.id)) return undefined;
    const place = await converting(() => matched(hook, request, context));
    if (!place) return undefined;
    try {
      const answer = await caller.ask(hook, request, place, { ...context, mutating: true });
      for (const text of answer.warnings) context.warn(text);
      for (const [key, value] of Object.entries(answer.auditAnnotations)) context.annotate(`${name}/${key}`, value);
      if (!answer.allowed) throw denied(name, answer.status);
      return answer.patch === undefined ? undefined : await converting(() => patched(name, request, place, answer.patch));
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (failurePolicy !== 'Ignore') throw error.toApiError();
      context.annotate(`failed-open.mutating.webhook.admission.k8s.io/${name}`, error.message);
      return undefined;
    } finally {
      if (hook.webhook.reinvocationPolicy === 'IfNeeded') passes.ran.add(hook.id);
    }
  };

  const dueAgain = ({ ran, due }: AwaitedRequest['passes'], but?: string): void => {
    for (const id of ran) if (id !== but) due.add(id);
  };

  return {
    name: 'MutatingAdmissionWebhook',
    phase: 'mutate',
    wants: (request, configured) => hooksOf(configured(configuredKinds.mutatingWebhooks)).some((hook) => ruledBy(hook, request)),
    run: async (request, context) => {
      const { passes } = request;
      let current = request.object;
      // the built-in steps changed it after the webhooks had
      if (passes.again && passes.lastOutput && !equalJson(passes.lastOutput, current)) dueAgain(passes);
      for (const hook of hooksOf(context.configured(configuredKinds.mutatingWebhooks))) {
        const next = await turn(hook, { ...request, object: current }, context);
        if (!next || equalJson(next, current)) continue;
        current = next;
        if (!passes.again) dueAgain(passes, hook.id);
      }
      passes.lastOutput = current;
      return current === request.object ? undefined : current;
    },
  };
};
