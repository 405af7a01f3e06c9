/**
 * Asks one webhook and reads its answer. The control plane's own writes do not wait twice for a webhook that did not answer: for a while, longer with
 * each failure, they hear the same failure at once.
 */

import { converting } from '../../conversion/unconverted.ts';
import type { Platform } from '../../platform/platform.ts';
import type { AwaitedContext, AwaitedRequest } from '../awaited.ts';
import type { MatchedVersion } from '../matching.ts';
import type { WebhookClient } from './client.ts';
import { CallFailure } from './errors.ts';
import type { Hook } from './hooks.ts';
import { type ReviewAnswer, readAnswer, reviewOf } from './review.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
const maxFailures = 1_000;

interface Failure {
  readonly failure: CallFailure;
  readonly pauseMs: number;
  readonly untilMs: number;
}

export interface WebhookCaller {
  /** @throws CallFailure */
  ask(
    hook: Hook,
    request: AwaitedRequest,
    place: MatchedVersion,
    context: AwaitedContext & { readonly mutating: boolean },
  ): Promise<ReviewAnswer>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const createWebhookCaller = (client: WebhookClient, { random, clock }: Pick<Platform, 'random' | 'clock'>): WebhookCaller => {
  const failures = new Map<string, Failure>();

  const asked = async (hook: Hook, request: AwaitedRequest, place: MatchedVersion, mutating: boolean): Promise<ReviewAnswer> => {
    const { name, clientConfig, timeoutSeconds = 10 } = hook.webhook;
    const uid = random.uuid();
    let answer: unknown;
    try {
      answer = await client.post(clientConfig, await converting(() => reviewOf(request, place, uid)), { timeoutSeconds });
    } catch (error) {
      throw new CallFailure(name, `failed to call webhook: ${messageOf(error)}`);
    }
    try {
      return readAnswer(answer, uid, mutating);
    } catch (error) {
      throw new CallFailure(name, `received invalid webhook response: ${messageOf(error)}`);
    }
  };

  return {
    ask: async (hook, request, place, { unattended, mutating }) => {
      const before = failures.get(hook.id);
      if (unattended && before && clock.now() < before.untilMs) throw before.failure;
      try {
        const answer = await asked(hook, request, place, mutating);
        failures.delete(hook.id);
        return answer;
      } catch (error) {
        if (error instanceof CallFailure) {
          const pauseMs = Math.min(before ? before.pauseMs * 2 : firstPauseMs, longestPauseMs);
          if (failures.size >= maxFailures) failures.clear();
          failures.set(hook.id, { failure: error, pauseMs, untilMs: clock.now() + pauseMs });
        }
        throw error;
      }
    },
  };
};
