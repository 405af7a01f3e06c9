/** The flow schemas and priority levels every cluster must have. They are shown; requests are not queued by them. */
import type { FlowSchema } from '#schema/flowcontrol/flow-schema.ts';
import type { PriorityLevelConfiguration } from '#schema/flowcontrol/priority-level-configuration.ts';

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
const metadata = (name: string) => ({ name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } });
const group = (name: string) => ({ kind: 'Group', group: { name } });
const everything = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};

export const mandatoryPriorityLevels: readonly PriorityLevelConfiguration[] = [
  {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: metadata('exempt'),
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: metadata('catch-all'),
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } },
  },
];

export const mandatoryFlowSchemas: readonly FlowSchema[] = [
  {
    apiVersion: API_VERSION,
    kind: 'FlowSchema',
    metadata: metadata('exempt'),
    spec: {
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 1,
      rules: [{ subjects: [group('system:masters')], ...everything }],
    },
  },
  {
    apiVersion: API_VERSION,
    kind: 'FlowSchema',
    metadata: metadata('catch-all'),
    spec: {
      priorityLevelConfiguration: { name: 'catch-all' },
      matchingPrecedence: 10_000,
      distinguisherMethod: { type: 'ByUser' },
      rules: [{ subjects: [group('system:unauthenticated'), group('system:authenticated')], ...everything }],
    },
  },
];
