/** ValidatingAdmissionWebhook: all webhooks that a request concerns are asked at once; any may refuse it. */
import { converting } from '../../conversion/unconverted.ts';
import type { AwaitedContext, AwaitedRequest, AwaitedStep } from '../awaited.ts';
import { configuredKinds } from '../configurations.ts';
import type { WebhookCaller } from './caller.ts';
import { CallFailure, denied } from './errors.ts';
import { type Hook, hooksOf, matched, ruledBy } from './hooks.ts';

export const validatingWebhooks = (caller: WebhookCaller): AwaitedStep => {
  const ask = async (hook: Hook, request: AwaitedRequest, context: AwaitedContext): Promise<void> => {
    const { name, failurePolicy } = hook.webhook;
    const place = await converting(() => matched(hook, request, context));
    if (!place) return;
    try {
      const answer = await caller.ask(hook, request, place, { ...context, mutating: false });
      for (const text of answer.warnings) context.warn(text);
      for (const [key, value] of Object.entries(answer.auditAnnotations)) context.annotate(`${name}/${key}`, value);
      if (!answer.allowed) throw denied(name, answer.status);
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (failurePolicy !== 'Ignore') throw error.toApiError();
      context.annotate(`failed-open.validating.webhook.admission.k8s.io/${name}`, error.message);
    }
  };

  return {
    name: 'ValidatingAdmissionWebhook',
    phase: 'validate',
    wants: (request, configured) => hooksOf(configured(configuredKinds.validatingWebhooks)).some((hook) => ruledBy(hook, request)),
    run: async (request, context) => {
      const hooks = hooksOf(context.configured(configuredKinds.validatingWebhooks));
      const outcomes = await Promise.allSettled(hooks.map((hook) => ask(hook, request, context)));
      // the first in order, whichever answered first
      const refused = outcomes.find((outcome) => outcome.status === 'rejected');
      if (refused) throw refused.reason;
      return undefined;
    },
  };
};
