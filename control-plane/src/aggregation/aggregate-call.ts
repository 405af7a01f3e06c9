/** Questions of the control plane itself to aggregated APIs, such as the autoscaler's to custom.metrics.k8s.io. */
import type { Platform } from '../platform/platform.ts';
import { type AggregatePlatform, askAggregated } from './aggregate.ts';
import { createApiServices } from './api-services.ts';

const autoscaler = {
  name: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
};

export interface AggregateAnswer {
  readonly status: number;
  /** Parsed JSON; the text where it is none. */
  readonly body: unknown;
}

/** undefined: no APIService serves the group version of the path. @throws ApiError ServiceUnavailable when the service does not answer */
export type AggregateCall = (path: string, options?: { readonly timeoutMs?: number }) => Promise<AggregateAnswer | undefined>;

export const createAggregateCall = (platform: AggregatePlatform & Pick<Platform, 'clock'>): AggregateCall => {
  const services = createApiServices(platform);
  return async (path, { timeoutMs = 5_000 } = {}) => {
    const [, root, group = '', version = ''] = path.split('?')[0]!.split('/');
    const service = root === 'apis' ? await services.find(group, version) : undefined;
    if (!service) return undefined;
    const { status, text } = await askAggregated(platform, service, path, { user: autoscaler, timeoutMs });
    try {
      return { status, body: JSON.parse(text) };
    } catch {
      return { status, body: text };
    }
  };
};
