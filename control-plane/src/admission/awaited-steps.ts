/** The admission steps that must ask somebody, in Kubernetes' order within each phase. */
import type { Platform } from '../platform/platform.ts';
import type { AwaitedStep } from './awaited.ts';
import { Access } from './validating-admission-policy/access.ts';
import { validatingAdmissionPolicy } from './validating-admission-policy/validating-admission-policy.ts';
import { createWebhookCaller } from './webhooks/caller.ts';
import { type ClientPlatform, createWebhookClient } from './webhooks/client.ts';
import { mutatingWebhooks } from './webhooks/mutating.ts';
import { validatingWebhooks } from './webhooks/validating.ts';

/** `keys` and `cluster` open what is sealed. */
export const awaitedSteps = (platform: ClientPlatform & Pick<Platform, 'keys' | 'cluster'>): readonly AwaitedStep[] => {
  const caller = createWebhookCaller(createWebhookClient(platform), platform);
  const roles = new Access(platform);
  const access = (user: Parameters<Access['of']>[0]) => roles.of(user);
  const steps = [mutatingWebhooks(caller), validatingAdmissionPolicy(platform), validatingWebhooks(caller)];
  return steps.map((step) => ({ ...step, run: (request, context) => step.run(request, { ...context, access }) }));
};
