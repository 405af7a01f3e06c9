/** `matchConditions` of a webhook: further conditions in CEL on the request. */
import type { MatchCondition } from '#schema/admissionregistration/match.ts';
import type { AwaitedContext, AwaitedRequest } from '../awaited.ts';
import type { MatchedVersion } from '../matching.ts';
import { nobodyAsks } from '../validating-admission-policy/access.ts';
import { compiledConditions } from '../validating-admission-policy/compiled-policy.ts';
import { ExpressionRun } from '../validating-admission-policy/expression-run.ts';
import { meetsConditions } from '../validating-admission-policy/match-conditions.ts';
import { reviewRequest } from './review.ts';

/** `error`: none is false, and one cannot be had. `conditions` must not change. */
export const evaluateConditions = async (
  conditions: readonly MatchCondition[],
  request: AwaitedRequest,
  place: MatchedVersion,
  { access }: Pick<AwaitedContext, 'access'>,
): Promise<{ readonly matches: boolean } | { readonly error: string }> => {
  const compiled = compiledConditions(conditions);
  const asks = compiled.some(
    ({ compiled: one }) => 'program' in one && [...one.program.reads].some((name) => name.startsWith('authorizer')),
  );
  const authorize = asks && access ? await access(request.actor.user) : nobodyAsks;
  return meetsConditions(compiled, new ExpressionRun({ request: reviewRequest(request, place), authorize }));
};
