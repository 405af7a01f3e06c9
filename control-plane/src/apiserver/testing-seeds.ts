/** For tests: one good object of every kind that can be created. A new kind that has required fields gets its line here. */
const container = {
  name: 'c',
  image: 'i',
  ports: [{ containerPort: 80 }],
  env: [{ name: 'E', value: 'v' }],
  resources: { limits: { cpu: '1' } },
};
const podSpec = { containers: [container], volumes: [{ name: 'v', emptyDir: {} }], tolerations: [{ key: 'k', operator: 'Exists' }] };
const template = { metadata: { labels: { a: 'b' } }, spec: podSpec };
const backend = { service: { name: 's', port: { number: 80 } } };
const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] };
const webhook = {
  name: 'a.b.c',
  clientConfig: { service: { name: 's', namespace: 'n' } },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const subjects = [{ kind: 'User', name: 'u' }];
const accessSeeds: Readonly<Record<string, object>> = {
  Role: { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  ClusterRole: {
    rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
  },
  RoleBinding: { roleRef: { kind: 'Role', name: 'r' }, subjects },
  ClusterRoleBinding: { roleRef: { kind: 'ClusterRole', name: 'r' }, subjects },
  CertificateSigningRequest: {
    spec: {
      request: btoa('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'),
      signerName: 'a.b/c',
      usages: ['client auth'],
    },
    status: { conditions: [{ type: 'Approved', status: 'True' }] },
  },
};
const extensionSeeds: Readonly<Record<string, object>> = {
  ValidatingWebhookConfiguration: { webhooks: [webhook] },
  MutatingWebhookConfiguration: { webhooks: [webhook] },
  ValidatingAdmissionPolicy: { spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] } },
  ValidatingAdmissionPolicyBinding: { spec: { policyName: 'p', validationActions: ['Deny'] } },
  CustomResourceDefinition: {
    spec: {
      group: 'kedge.test',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
  APIService: { spec: { group: 'kedge.test', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10 } },
  FlowSchema: {
    spec: {
      priorityLevelConfiguration: { name: 'p' },
      rules: [{ subjects: [{ kind: 'User', user: { name: 'u' } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }],
    },
  },
  PriorityLevelConfiguration: { spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } },
};
const selector = { matchLabels: { a: 'b' } };
const jobTemplate = { spec: { ...podSpec, restartPolicy: 'Never' } };
const failurePolicy = { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [1] } }] };
const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const volumeSpec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/srv' } };
const workloadSeeds: Readonly<Record<string, object>> = {
  StatefulSet: { spec: { selector, template, serviceName: 's', volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: claimSpec }] } },
  DaemonSet: { spec: { selector, template, updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } } } },
  ControllerRevision: { data: { spec: {} }, revision: 1 },
  Job: { spec: { template: jobTemplate, podFailurePolicy: failurePolicy, completionMode: 'Indexed', completions: 2 } },
  CronJob: { spec: { schedule: '*/5 * * * *', timeZone: 'UTC', jobTemplate: { spec: { template: jobTemplate } } } },
  HorizontalPodAutoscaler: {
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'd' },
      maxReplicas: 3,
      metrics: [{ type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } }],
      behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] } },
      targetCPUUtilizationPercentage: 50,
    },
  },
  PodDisruptionBudget: { spec: { selector, minAvailable: '50%' }, status: { disruptedPods: { p: '2026-01-01T00:00:00Z' } } },
  PodTemplate: { template },
};
const storageSeeds: Readonly<Record<string, object>> = {
  PersistentVolume: { spec: { ...volumeSpec, claimRef: { namespace: 'default', name: 'c' } } },
  PersistentVolumeClaim: { spec: { ...claimSpec, dataSource: { kind: 'PersistentVolumeClaim', name: 'c' } } },
  LimitRange: { spec: { limits: [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '1m' } }] } },
  ResourceQuota: {
    spec: { hard: { pods: '10' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }] } },
  },
  StorageClass: { provisioner: 'a.b/c', allowedTopologies: [{ matchLabelExpressions: [{ key: 'k', values: ['v'] }] }] },
  VolumeAttachment: { spec: { attacher: 'a.b', nodeName: 'n', source: { inlineVolumeSpec: volumeSpec } } },
  CSINode: { spec: { drivers: [{ name: 'a.b', nodeID: 'n', topologyKeys: ['k'] }] } },
  CSIDriver: { spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 600 }] } },
  CSIStorageCapacity: { storageClassName: 's', nodeTopology: selector, capacity: '1Gi' },
  VolumeAttributesClass: { driverName: 'a.b', parameters: { k: 'v' } },
  PriorityClass: { value: 1, description: 'd' },
};
/** By kind: a good object without metadata, with most of its parts filled. */
export const seeds: Readonly<Record<string, object>> = {
  ...workloadSeeds,
  ...storageSeeds,
  Pod: { spec: podSpec, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
  Deployment: {
    spec: {
      replicas: 1,
      selector: { matchLabels: { a: 'b' } },
      template,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    },
  },
  ReplicaSet: { spec: { selector: { matchLabels: { a: 'b' } }, template } },
  ReplicationController: { spec: { selector: { a: 'b' }, template } },
  Service: { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 'http' }], selector: { a: 'b' } } },
  Node: { spec: { podCIDR: '10.42.0.0/24', taints: [{ key: 'a', effect: 'NoSchedule' }] }, status: { capacity: { cpu: '1' } } },
  EndpointSlice: {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'p', port: 80 }],
  },
  Endpoints: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
  Event: {
    ...{ involvedObject: { namespace: 'default' }, regarding: { namespace: 'default' }, reason: 'R', type: 'Normal', action: 'A' },
    ...{ reportingComponent: 'c', reportingController: 'c', reportingInstance: 'i', eventTime: '2026-01-01T00:00:00.000000Z' },
  },
  Secret: { type: 'Opaque', data: { k: 'dg==' }, stringData: { s: 't' } },
  ConfigMap: { data: { k: 'v' }, binaryData: { b: 'dg==' } },
  Lease: { spec: { holderIdentity: 'h', leaseDurationSeconds: 4, renewTime: '2026-01-01T00:00:00.000000Z' } },
  Namespace: { spec: { finalizers: ['kubernetes'] } },
  ServiceAccount: { secrets: [{ name: 's' }], imagePullSecrets: [{ name: 'i' }] },
  ...accessSeeds,
  ...extensionSeeds,
  Ingress: { spec: { rules: [{ host: 'a.b', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }], tls: [{ hosts: ['a.b'] }] } },
  IngressClass: { spec: { controller: 'a.b/c', parameters: { kind: 'K', name: 'n' } } },
  NetworkPolicy: { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 80 }] }] } },
  IPAddress: { spec: { parentRef: { resource: 'services', namespace: 'default', name: 's' } } },
  ServiceCIDR: { spec: { cidrs: ['10.9.0.0/24'] } },
  RuntimeClass: { handler: 'h', scheduling: { nodeSelector: { a: 'b' } } },
};

/** Kinds whose name follows from the rest of the object. */
export const fixedNames: Readonly<Record<string, string>> = {
  CustomResourceDefinition: 'widgets.kedge.test',
  IPAddress: '10.9.0.7',
  APIService: 'v1.kedge.test',
};
