/** One APIService for each group and version that this API server serves itself. */
import type { APIService } from '#schema/apiregistration/api-service.ts';
import type { ResourceDefinition } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';

const CORE_PRIORITY = 18_000;
const GROUP_PRIORITY = 17_000;

const groupVersionsOf = ({ group, versions }: ResourceDefinition): string[] =>
  versions.filter(({ served }) => served).map((version) => `${version.group ?? group}/${version.version}`);

const serviceOf = (groupVersion: string): APIService => {
  const [group = '', version = ''] = groupVersion.split('/');
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
    spec: {
      ...(group ? { group } : {}),
      version,
      groupPriorityMinimum: group ? GROUP_PRIORITY : CORE_PRIORITY,
      versionPriority: /^v[0-9]+$/.test(version) ? 15 : 9,
    },
  };
};

export const localApiServices: readonly APIService[] = [...new Set(resources.flatMap(groupVersionsOf))].sort().map(serviceOf);
