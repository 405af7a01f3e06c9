/** `matchConditions` of a webhook: further conditions in CEL on the request. */
import type { MatchCondition } from '#schema/admissionregistration/match.ts';
import type { AwaitedRequest } from '../awaited.ts';
import type { MatchedVersion } from '../matching.ts';

/** Webhooks whose conditions cannot be judged are treated as failing. */
export const evaluateConditions = (
  conditions: readonly MatchCondition[],
  _request: AwaitedRequest,
  _place: MatchedVersion,
): { readonly matches: boolean } | { readonly error: string } => ({
  error: `match condition ${JSON.stringify(conditions[0]?.name)} cannot be evaluated by this server`,
});
