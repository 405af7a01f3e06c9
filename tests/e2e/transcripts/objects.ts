/** One resting object of every kind a person lists: nothing here starts a container, so that what kubectl prints of it does not move. */

/** Selects no node. */
const nowhere = 'nodeSelector: { nowhere: "true" }';

const workloads = `
apiVersion: v1
kind: ReplicationController
metadata: { name: old, labels: { app: old } }
spec:
  replicas: 0
  selector: { app: old }
  template: { metadata: { labels: { app: old } }, spec: { containers: [{ name: web, image: nginx:1.27 }] } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: web
        image: nginx:1.27
        ports: [{ name: http, containerPort: 80 }]
        env: [{ name: COLOR, value: blue }]
        resources: { requests: { cpu: 100m, memory: 64Mi }, limits: { memory: 128Mi } }
        readinessProbe: { httpGet: { path: /ready, port: http }, periodSeconds: 5 }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: store, labels: { app: store } }
spec:
  replicas: 0
  serviceName: store
  selector: { matchLabels: { app: store } }
  template: { metadata: { labels: { app: store } }, spec: { containers: [{ name: db, image: busybox:1.36 }] } }
  volumeClaimTemplates:
  - metadata: { name: data }
    spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: everywhere, labels: { app: everywhere } }
spec:
  selector: { matchLabels: { app: everywhere } }
  template:
    metadata: { labels: { app: everywhere } }
    spec: { ${nowhere}, containers: [{ name: agent, image: busybox:1.36 }] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: once }
spec:
  suspend: true
  completions: 3
  template: { spec: { restartPolicy: Never, containers: [{ name: work, image: busybox:1.36, command: [date] }] } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: 0 3 * * *
  timeZone: Europe/Berlin
  suspend: true
  jobTemplate:
    spec: { template: { spec: { restartPolicy: OnFailure, containers: [{ name: work, image: busybox:1.36, args: [date] }] } } }
---
apiVersion: v1
kind: Pod
metadata: { name: waiting, labels: { app: waiting } }
spec:
  ${nowhere}
  schedulingGates: [{ name: example.com/gate }]
  containers: [{ name: main, image: busybox:1.36, command: [sleep, "3600"] }]
---
apiVersion: v1
kind: PodTemplate
metadata: { name: mold }
template: { metadata: { labels: { app: mold } }, spec: { containers: [{ name: main, image: busybox:1.36 }] } }
`;

const network = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: http }] }
---
apiVersion: v1
kind: Service
metadata: { name: outside }
spec: { type: ExternalName, externalName: example.com }
---
apiVersion: v1
kind: Endpoints
metadata: { name: fixed }
subsets: [{ addresses: [{ ip: 192.0.2.1 }], ports: [{ name: http, port: 80 }] }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: fixed-slice }
addressType: IPv4
endpoints: [{ addresses: [192.0.2.1], conditions: { ready: true } }]
ports: [{ name: http, port: 80, protocol: TCP }]
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: front }
spec: { controller: example.com/front }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: site }
spec:
  ingressClassName: front
  tls: [{ hosts: [site.example.com], secretName: cert }]
  rules:
  - host: site.example.com
    http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { name: http } } } }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed }
spec:
  podSelector: { matchLabels: { app: web } }
  policyTypes: [Ingress, Egress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: front } } }], ports: [{ port: 80 }] }]
`;

const settings = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { color: blue }
---
apiVersion: v1
kind: Secret
metadata: { name: word }
stringData: { word: hidden }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: robot }
---
apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec: { limits: [{ type: Container, default: { cpu: 500m }, defaultRequest: { cpu: 50m }, max: { cpu: "2" } }] }
---
apiVersion: v1
kind: ResourceQuota
metadata: { name: quota }
spec: { hard: { pods: "10", configmaps: "20" } }
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: disk }
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: manual
  hostPath: { path: /srv/disk }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: claim }
spec: { accessModes: [ReadWriteOnce], storageClassName: manual, resources: { requests: { storage: 1Gi } } }
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: manual }
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: Immediate
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: { name: csi.example.com }
spec: { attachRequired: false }
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: { name: urgent }
value: 1000
description: First of all.
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: { name: sandboxed }
handler: runsc
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: { name: leader }
spec: { holderIdentity: robot-1, leaseDurationSeconds: 15 }
`;

const rules = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader }
rules: [{ apiGroups: [""], resources: [pods, pods/log], verbs: [get, list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: readers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: robot, namespace: kinds }, { kind: User, name: jane, apiGroup: rbac.authorization.k8s.io }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: watcher }
rules: [{ apiGroups: [""], resources: [nodes], resourceNames: [one], verbs: [get] }, { nonResourceURLs: [/healthz], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: watchers }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: watcher }
subjects: [{ kind: Group, name: team, apiGroup: rbac.authorization.k8s.io }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: budget }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  minReplicas: 1
  maxReplicas: 3
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } }]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget, listKind: WidgetList, shortNames: [wd] }
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{ name: Size, type: integer, jsonPath: .spec.size }]
    schema:
      openAPIV3Schema:
        type: object
        properties: { spec: { type: object, description: What is wanted., properties: { size: { type: integer, minimum: 1 } } } }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: small }
spec:
  matchConstraints: { resourceRules: [{ apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [widgets] }] }
  validations: [{ expression: "object.spec.size < 10" }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: small-everywhere }
spec: { policyName: small, validationActions: [Deny] }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: checks }
webhooks: []
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: { name: fills }
webhooks: []
`;

/** A stream of YAML documents; names of namespaces in it are `kinds`. */
export const everyKind = [settings, workloads, network, rules].join('---');
