/**
 * The audit log: one structured line for each request, in the form of Kubernetes' audit events, to the log of the platform. Health checks and the
 * agents' own protocol are left out. Nothing of a sealed kind is written but its name.
 * @see https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
import { toMicroTime } from '#schema/meta/time.ts';
import type { ResourceDefinition } from '#schema/resource.ts';
import type { Platform } from '../platform/platform.ts';
import type { UserInfo } from '../registry/registry.ts';
import type { Decision, ResourceAttributes } from './authorize.ts';

const MAX_BODY = 64 * 1024;
const leftOut = /^\/(?:healthz|livez|readyz|kedge\/v1)(?:\/|$)/;

/** What becomes known of one request on its way. Every call is optional, in this order. */
export interface Trail {
  who(real: UserInfo, acting: UserInfo): void;
  asks(attributes: ResourceAttributes, version: string, decision: Decision): void;
  /** What admission had to say. After `asks`. */
  notes(key: string, value: string): void;
  /** Before the body is read. */
  sends(request: Request, definition: Pick<ResourceDefinition, 'sealed' | 'storage'>): void;
  ended(code: number): Promise<void>;
}

export type Audit = (request: Request, auditID: string) => Trail | undefined;

const userOf = ({ name, uid, groups, extra }: UserInfo) => ({
  username: name,
  ...(uid ? { uid } : {}),
  groups,
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
});

const fits = (pattern: string, name: string): boolean => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Undefined when nothing is to be logged. */
export const createAudit = ({ audit, clock, log }: Pick<Platform, 'audit' | 'clock' | 'log'>): Audit | undefined => {
  if (!audit) return undefined;
  const { level, omitVerbs = [], omitUsers = [] } = audit;
  return (request, auditID) => {
    const url = new URL(request.url);
    if (leftOut.test(url.pathname)) return undefined;
    const received = clock.now();
    const event: Record<string, unknown> = {
      level,
      auditID,
      requestURI: url.pathname + url.search,
      verb: request.method.toLowerCase(),
      userAgent: (request.headers.get('user-agent') ?? '').slice(0, 256),
      requestReceivedTimestamp: toMicroTime(received),
    };
    let omitted = false;
    let body: Promise<string> | undefined;
    return {
      who: (real, acting) => {
        event.user = userOf(real);
        if (acting !== real) event.impersonatedUser = userOf(acting);
        omitted ||= omitUsers.some((pattern) => fits(pattern, real.name));
      },
      asks: ({ verb, group, resource, subresource, namespace, name }, version, { allowed, reason }) => {
        event.verb = verb;
        event.objectRef = {
          resource,
          ...(namespace ? { namespace } : {}),
          ...(name ? { name } : {}),
          ...(group ? { apiGroup: group } : {}),
          apiVersion: version,
          ...(subresource ? { subresource } : {}),
        };
        event.annotations = {
          'authorization.k8s.io/decision': allowed ? 'allow' : 'forbid',
          ...(reason ? { 'authorization.k8s.io/reason': reason } : {}),
        };
      },
      notes: (key, value) => {
        event.annotations = { ...(event.annotations as object), [key.slice(0, 256)]: value.slice(0, 1024) };
      },
      sends: (sent, { sealed, storage }) => {
        const json = sent.headers.get('content-type')?.includes('json');
        const size = Number(sent.headers.get('content-length') ?? 0);
        if (level !== 'Request' || !json || sealed || storage === 'virtual' || size > MAX_BODY || !sent.body) return;
        body = sent.clone().text();
        body.catch(() => undefined);
      },
      ended: async (code) => {
        if (omitted || omitVerbs.includes(event.verb as string)) return;
        event.stage = event.verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete';
        event.responseStatus = { code };
        event.stageTimestamp = toMicroTime(clock.now());
        const text = await body?.catch(() => undefined);
        const requestObject = text && text.length <= MAX_BODY ? parsed(text) : undefined;
        log.info('audit', { ...event, ...(requestObject === undefined ? {} : { requestObject }) });
      },
    };
  };
};
