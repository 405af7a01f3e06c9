/** `GET /apis/kedge.dev/v1/usage`: what the control plane has used of what its plan allows, and when that will be empty. Nothing is limited on Node.js: no measures. */
import type { Server } from '../apiserver/call.ts';
import { methodNotAllowed } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import type { Identified } from '../auth/authenticate.ts';
import { assertMayPath } from '../history/access.ts';
import type { Plan } from './plans.ts';
import { type Refusal, refusalText } from './refusal.ts';
import { reportOf, type Use } from './report.ts';

const PATH = '/apis/kedge.dev/v1/usage';

export interface Usage {
  readonly kind: 'Usage';
  readonly apiVersion: 'kedge.dev/v1';
  readonly plan: Plan | 'none';
  readonly measures: readonly Use[];
  /** What the plan refuses at present, and when that ends (RFC 3339), if by itself. Figures are then those of before. */
  readonly refused?: { readonly what: string; readonly message: string; readonly until?: string };
}

const refusedOf = (refusal: Refusal): NonNullable<Usage['refused']> => ({
  ...{ what: refusal.what, message: refusalText(refusal) },
  ...(refusal.untilMs === undefined ? {} : { until: new Date(refusal.untilMs).toISOString() }),
});

/** @throws ApiError */
export const usageEndpoint = async (server: Server, request: Request, { user }: Identified): Promise<Response> => {
  await assertMayPath(server, user, 'get', PATH);
  if (request.method !== 'GET') throw methodNotAllowed();
  const { allowance, clock } = server.platform;
  const head = { kind: 'Usage', apiVersion: 'kedge.dev/v1' } as const;
  if (!allowance) return json({ ...head, plan: 'none', measures: [] } satisfies Usage);
  const { ledger, refusal } = await allowance.consumption();
  const measures = reportOf(ledger, allowance.plan, clock.now());
  return json({ ...head, plan: allowance.plan, measures, ...(refusal ? { refused: refusedOf(refusal) } : {}) } satisfies Usage);
};
