/** Warns by an Event when most of what the plan allows is used. One a window while the Event lasts, which is about an hour. */
import { events } from '#schema/core/event.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { nearlyUsed, reportOf, type Use, warningText } from '../../allowance/report.ts';
import { createRegistry } from '../../registry/create.ts';
import { allConsumption, clock, planOf, platformOf, reachedStore } from './core.ts';
import type { Env } from './env.ts';
import { hubStub } from './hub-stub.ts';
import { relayStub } from './relay-stub.ts';

const REASON = 'AllowanceNearlyUsed';
const author = { user: { name: 'system:kedge', groups: ['system:masters'] }, fieldManager: 'kedge' };

const eventOf = (use: Use, nowMs: number) => {
  const at = toRfc3339(nowMs);
  return {
    metadata: {
      namespace: 'default',
      name: `allowance.${use.name.toLowerCase().replaceAll(' ', '-')}.${at.slice(0, use.window === 'day' ? 10 : 7)}`,
    },
    // there is no object for the control plane itself; of a cluster-wide one Events lie in "default"
    involvedObject: { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' },
    ...{ type: 'Warning', reason: REASON, message: warningText(use) },
    ...{
      source: { component: 'kedge' },
      reportingComponent: 'kedge',
      reportingInstance: '',
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    },
  };
};

export const checkAllowance = async (env: Env): Promise<void> => {
  const nowMs = clock.now();
  const { ledger, refusal } = await allConsumption(env);
  // the Event would lie in an object
  if (refusal) return;
  const near = nearlyUsed(reportOf(ledger, planOf(env), nowMs));
  if (near.length === 0) return;
  const store = await reachedStore(env);
  const platform = platformOf(env, { component: 'cron', store, hub: hubStub(env, () => store), relay: relayStub(env) });
  platform.log.warn('most of what the plan allows is used', {
    measures: near.map(({ name, used, limit }) => `${name}: ${used} of ${limit}`),
  });
  const registry = createRegistry(platform);
  // one that is there already was told already
  await registry.applyAll(
    near.map((use) => ({ op: 'create' as const, definition: events, object: eventOf(use, nowMs) })),
    author,
  );
};
