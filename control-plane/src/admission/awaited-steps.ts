/** The admission steps that must ask somebody, in Kubernetes' order within each phase. */
import type { AwaitedStep } from './awaited.ts';
import { createWebhookCaller } from './webhooks/caller.ts';
import { type ClientPlatform, createWebhookClient } from './webhooks/client.ts';
import { mutatingWebhooks } from './webhooks/mutating.ts';
import { validatingWebhooks } from './webhooks/validating.ts';

export const awaitedSteps = (platform: ClientPlatform): readonly AwaitedStep[] => {
  const caller = createWebhookCaller(createWebhookClient(platform), platform);
  return [mutatingWebhooks(caller), validatingWebhooks(caller)];
};
