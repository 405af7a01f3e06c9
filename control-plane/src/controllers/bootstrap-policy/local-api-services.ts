/** One APIService for each group and version that this API server serves itself. */
import type { APIService } from '#schema/apiregistration/api-service.ts';
import type { ResourceDefinition } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';

/** Order of the groups in discovery, as Kubernetes has it: higher comes first. Aggregated ones ask for their own, lower places. */
const priorities: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
};
const OTHER_PRIORITY = 16_000;

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
      groupPriorityMinimum: priorities[group] ?? OTHER_PRIORITY,
      versionPriority: /^v[0-9]+$/.test(version) ? 15 : 9,
    },
  };
};

export const localApiServices: readonly APIService[] = [...new Set(resources.flatMap(groupVersionsOf))].sort().map(serviceOf);
