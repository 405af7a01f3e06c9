/** `GET /apis/kedge.dev/v1/usage`: what the control plane has used of what its plan allows, and when that will be empty. Nothing is limited on Node.js: no measures. */
import type { Server } from '../apiserver/call.ts';
import { methodNotAllowed } from '../apiserver/errors.ts';
import { json } from '../apiserver/respond.ts';
import type { Identified } from '../auth/authenticate.ts';
import { assertMayPath } from '../history/access.ts';
import type { Plan } from './plans.ts';
import { reportOf, type Use } from './report.ts';

const PATH = '/apis/kedge.dev/v1/usage';

export interface Usage {
  readonly kind: 'Usage';
  readonly apiVersion: 'kedge.dev/v1';
  readonly plan: Plan | 'none';
  readonly measures: readonly Use[];
}

/** @throws ApiError */
export const usageEndpoint = async (server: Server, request: Request, { user }: Identified): Promise<Response> => {
  await assertMayPath(server, user, 'get', PATH);
  if (request.method !== 'GET') throw methodNotAllowed();
  const { allowance, clock } = server.platform;
  const head = { kind: 'Usage', apiVersion: 'kedge.dev/v1' } as const;
  if (!allowance) return json({ ...head, plan: 'none', measures: [] } satisfies Usage);
  return json({ ...head, plan: allowance.plan, measures: reportOf(await allowance.ledger(), allowance.plan, clock.now()) } satisfies Usage);
};
