/**
 * Discovery and OpenAPI of aggregated APIs, asked for when a client wants them and kept for a while. One that does not answer is shown without resources,
 * as stale.
 */
import type { Platform } from '../platform/platform.ts';
import { type AggregatePlatform, askAggregated } from './aggregate.ts';
import type { Aggregated, ApiServices } from './api-services.ts';

const keepMs = 30_000;
const retryMs = 5_000;
const timeoutMs = 5_000;
const aggregator = { name: 'system:aggregator', groups: ['system:masters'] };

/** A line of an APIResourceList. */
export interface RemoteResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly kind?: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface RemoteVersion {
  readonly group: string;
  readonly version: string;
  /** undefined: it does not answer. */
  readonly resources: readonly RemoteResource[] | undefined;
}

export interface RemoteDocuments {
  /** All of them, highest priority first. */
  versions(): Promise<readonly RemoteVersion[]>;
  /** Group versions with the hash of their OpenAPI document, where they have one. */
  openApi(): Promise<readonly { readonly path: string; readonly hash: string }[]>;
  /** The document at `apis/<group>/<version>`. */
  openApiAt(path: string): Promise<string | undefined>;
}

export const noRemoteDocuments: RemoteDocuments = {
  versions: async () => [],
  openApi: async () => [],
  openApiAt: async () => undefined,
};

export const createRemoteDocuments = (platform: AggregatePlatform & Pick<Platform, 'clock'>, services: ApiServices): RemoteDocuments => {
  const kept = new Map<string, { readonly text: string | undefined; readonly untilMs: number }>();

  const text = async (service: Aggregated, path: string): Promise<string | undefined> => {
    const key = `${service.name}\n${JSON.stringify(service.service)}\n${path}`;
    const nowMs = platform.clock.now();
    const known = kept.get(key);
    if (known && nowMs < known.untilMs) return known.text;
    const answer = await askAggregated(platform, service, path, { user: aggregator, timeoutMs }).catch(() => undefined);
    const found = answer?.status === 200 ? answer.text : undefined;
    if (kept.size >= 1_000) kept.clear();
    kept.set(key, { text: found, untilMs: nowMs + (found === undefined ? retryMs : keepMs) });
    return found;
  };

  const parsed = async (service: Aggregated, path: string): Promise<any> => {
    try {
      return JSON.parse((await text(service, path)) ?? 'null');
    } catch {
      return null;
    }
  };

  const pathOf = ({ group, version }: Aggregated): string => `apis/${group}/${version}`;

  return {
    versions: async () =>
      Promise.all(
        (await services.all()).map(async (service) => {
          const list = await parsed(service, `/${pathOf(service)}`);
          const resources = Array.isArray(list?.resources)
            ? list.resources.filter((one: any) => typeof one?.name === 'string' && one.name !== '')
            : undefined;
          return { group: service.group, version: service.version, resources };
        }),
      ),
    openApi: async () => {
      const found = await Promise.all(
        (await services.all()).map(async (service) => {
          const path = pathOf(service);
          const url = (await parsed(service, '/openapi/v3'))?.paths?.[path]?.serverRelativeURL;
          return typeof url === 'string' ? [{ path, hash: new URL(url, 'https://a').searchParams.get('hash') ?? '' }] : [];
        }),
      );
      return found.flat();
    },
    openApiAt: async (path) => {
      const service = (await services.all()).find((one) => pathOf(one) === path);
      return service && text(service, `/openapi/v3/${path}`);
    },
  };
};
