/**
 * APIServices that a Service of the cluster serves: group versions that are not built in and no custom resources. What was found is kept for a moment and
 * forgotten at each write of an APIService through this process. Neighbours: aggregate.ts (sends requests there), catalogs of ../apiserver.
 */
import type { APIService } from '#schema/apiregistration/api-service.ts';
import type { Platform } from '../platform/platform.ts';
import { parseBody } from '../registry/body.ts';
import type { ListPage } from '../store/store.ts';

const resource = 'apiregistration.k8s.io/apiservices';
/** Between processes a change is seen after this long. */
const keepMs = 2_000;

export interface Aggregated {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  readonly insecure: boolean;
  /** base64 of PEM. */
  readonly caBundle: string;
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** The reason its Available condition gives for False. */
  readonly unavailable: string | undefined;
}

export interface ApiServices {
  find(group: string, version: string): Promise<Aggregated | undefined>;
  /** As far as it is known without asking; may be old. */
  known(group: string, version: string): boolean;
  /** Highest priority first. */
  all(): Promise<readonly Aggregated[]>;
  /** One was written. */
  forget(): void;
}

export const aggregatedOf = ({ metadata, spec, status }: APIService): Aggregated | undefined => {
  const { service, group = '', version = '', insecureSkipTLSVerify, caBundle = '' } = spec;
  if (!service) return undefined;
  const available = status?.conditions?.find(({ type }) => type === 'Available');
  return {
    name: metadata.name!,
    group,
    version,
    service: { namespace: service.namespace ?? '', name: service.name ?? '', port: service.port ?? 443 },
    insecure: insecureSkipTLSVerify ?? false,
    caBundle,
    groupPriority: spec.groupPriorityMinimum,
    versionPriority: spec.versionPriority,
    unavailable: available?.status === 'False' ? (available.reason ?? 'Unknown') : undefined,
  };
};

const byPriority = (a: Aggregated, b: Aggregated): number =>
  b.groupPriority - a.groupPriority || (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) || b.versionPriority - a.versionPriority;

export const createApiServices = ({ store, clock }: Pick<Platform, 'store' | 'clock'>): ApiServices => {
  let found: readonly Aggregated[] = [];
  let untilMs = Number.NEGATIVE_INFINITY;

  const read = async (): Promise<readonly Aggregated[]> => {
    const services: Aggregated[] = [];
    let after: { readonly namespace: string; readonly name: string } | undefined;
    do {
      const page: ListPage = await store.list({ resource, ...(after ? { after } : {}) });
      for (const { body, revision } of page.items) {
        const one = aggregatedOf(parseBody(body, revision) as APIService);
        if (one) services.push(one);
      }
      const last = page.more ? page.items.at(-1) : undefined;
      after = last && { namespace: last.namespace, name: last.name };
    } while (after);
    return services.sort(byPriority);
  };

  const all = async (): Promise<readonly Aggregated[]> => {
    const nowMs = clock.now();
    if (nowMs >= untilMs || nowMs < untilMs - keepMs) {
      found = await read();
      untilMs = nowMs + keepMs;
    }
    return found;
  };
  const isOf = (group: string, version: string) => (one: Aggregated) => one.group === group && one.version === version;

  return {
    all,
    find: async (group, version) => (await all()).find(isOf(group, version)),
    known: (group, version) => found.some(isOf(group, version)),
    forget: () => {
      untilMs = Number.NEGATIVE_INFINITY;
    },
  };
};
