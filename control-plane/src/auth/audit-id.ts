/** The id of a request: in the audit log where that is on, and in the `Audit-Id` header of the answer always. A client may choose it. */
import type { Random } from '../platform/platform.ts';

const header = 'audit-id';
const sane = /^[A-Za-z0-9_.:-]{1,64}$/;

export const auditIdOf = (request: Request, random: Pick<Random, 'uuid'>): string => {
  const sent = request.headers.get(header);
  return sent && sane.test(sent) ? sent : random.uuid();
};

/** The answer itself where its headers may be changed. An upgrade whose headers are fixed stays without. */
export const withAuditId = (response: Response, id: string): Response => {
  try {
    response.headers.set(header, id);
    return response;
  } catch {
    if (response.status === 101) return response;
    const copy = new Response(response.body, response);
    copy.headers.set(header, id);
    return copy;
  }
};
