/** Asks an aggregated API whether it is there, and words the Available condition as Kubernetes does. */
import { type APIService, apiServices } from '#schema/apiregistration/api-service.ts';
import { setCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject } from '#schema/resource.ts';
import { ApiError } from '../apiserver/errors.ts';
import type { TaskPerformer } from '../controller-runtime/tasks.ts';
import { endpointOf } from '../relay/dial-pod.ts';
import { type AggregatePlatform, askAggregated } from './aggregate.ts';
import { type Aggregated, aggregatedOf } from './api-services.ts';

const timeoutMs = 3_000;
const checker = { name: 'system:kube-aggregator', groups: ['system:masters'] };

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const not = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });

const judge = async (platform: AggregatePlatform, one: Aggregated): Promise<Verdict> => {
  const { namespace, name, port } = one.service;
  const path = `/apis/${one.group}/${one.version}`;
  try {
    await endpointOf(platform, { namespace, name, port: String(port) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === 'NotFound') return not('ServiceNotFound', `service/${name} in "${namespace}" is not present`);
    if (error.message.startsWith('no service port'))
      return not('ServicePortError', `service/${name} in "${namespace}" is not listening on port ${port}`);
    return not('MissingEndpoints', `endpointslices for service/${name} in "${namespace}" have no addresses with port name ""`);
  }
  const at = `https://${name}.${namespace}.svc:${port}${path}`;
  try {
    const { status } = await askAggregated(platform, one, path, { user: checker, timeoutMs });
    // whoever answers that somebody may not look is there
    if (status === 200 || status === 401 || status === 403) return { status: 'True', reason: 'Passed', message: 'all checks passed' };
    return not('FailedDiscoveryCheck', `failing or missing response from ${at}: bad status from ${at}: ${status}`);
  } catch (error) {
    return not('FailedDiscoveryCheck', `failing or missing response from ${at}: ${error instanceof Error ? error.message : String(error)}`);
  }
};

export const checkApiService =
  (platform: AggregatePlatform): TaskPerformer =>
  async (object, nowMs) => {
    const service = object as APIService;
    const one = aggregatedOf(service);
    if (!one) return {};
    const verdict = await judge(platform, one);
    const before = service.status?.conditions ?? [];
    const known = before.find(({ type }) => type === 'Available');
    if (known?.status === verdict.status && known.reason === verdict.reason && known.message === verdict.message) return {};
    const condition = { type: 'Available', ...verdict, lastTransitionTime: toRfc3339(nowMs) };
    const conditions = setCondition(before as any, condition as any, nowMs);
    const changed = { ...service, status: { ...service.status, conditions } } as KubeObject;
    return { changes: [{ op: 'update', definition: apiServices, object: changed, subresource: 'status' }] };
  };
