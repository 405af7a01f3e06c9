/**
 * Charts in the shapes of popular public ones, with helm 4 and --wait: hooks that run Jobs, a StatefulSet with claims and a budget, an autoscaled
 * Deployment, a CustomResourceDefinition with its resources, many objects. Each is installed, upgraded and uninstalled; the first is tested and rolled back,
 * too. The chart of `helm create` and subcharts stand in helm.test.ts.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { helm, helmOk } from '../harness/helm.ts';
import { waitFor } from '../harness/process.ts';

let cluster: TestCluster;
let home: string;
beforeAll(async () => {
  cluster = await startCluster({ name: 'charts' });
  home = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'charts-'));
});
afterAll(async () => {
  await cluster?.stop();
  if (home) rmSync(home, { recursive: true, force: true });
});

const ok = (args: string): Promise<string> => helmOk(cluster.kubeconfig, args, { home });
const get = (what: string, path: string): Promise<string> => cluster.ok(['get', ...what.split(' '), '-o', `jsonpath=${path}`]);
const lines = async (args: string): Promise<string[]> => (await cluster.ok(args)).trim().split('\n').filter(Boolean);

const write = (chart: string, files: Readonly<Record<string, string>>): void => {
  const all = { 'Chart.yaml': `apiVersion: v2\nname: ${chart}\nversion: 0.1.0\n`, ...files };
  for (const [name, text] of Object.entries(all)) {
    const file = join(home, chart, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
};

const hook = (name: string, when: string, policy: string, command: string) => `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-${name}
  annotations:
    helm.sh/hook: ${when}
    helm.sh/hook-delete-policy: ${policy}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 0
      containers: [{ name: ${name}, image: busybox:1.36, command: [sh, -c, "${command}"] }]
`;

it('runs the Jobs of hooks at their time, and stops where one fails', async () => {
  write('hooked', {
    'values.yaml': 'color: blue\nmigrate: exit 0\n',
    'templates/config.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ .Release.Name }}" }\ndata: { color: "{{ .Values.color }}" }\n',
    'templates/check.yaml': hook('check', 'pre-install', 'hook-succeeded', 'exit 0'),
    'templates/migrate.yaml': hook('migrate', 'pre-upgrade', 'before-hook-creation', '{{ .Values.migrate }}'),
    'templates/report.yaml': hook(
      'report',
      'post-install,post-upgrade',
      'before-hook-creation',
      'echo {{ .Values.color }} at {{ .Release.Revision }}',
    ),
    'templates/test.yaml': hook('probe', 'test', 'before-hook-creation,hook-succeeded', 'exit 0'),
  });
  await ok('install h hooked --wait --timeout 120s');
  expect(await lines('get jobs -o name')).toEqual(['job.batch/h-report']);
  expect(await cluster.ok('logs job/h-report')).toBe('blue at 1\n');
  await ok('upgrade h hooked --set color=red --wait --timeout 120s');
  expect(await cluster.ok('logs job/h-report')).toBe('red at 2\n');
  const failed = await helm(cluster.kubeconfig, ['upgrade', 'h', 'hooked', '--set', 'color=green,migrate=exit 3', '--timeout', '120s'], {
    home,
  });
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('pre-upgrade hooks failed')]);
  expect(await get('configmap h', '{.data.color}')).toBe('red');
  expect(await ok('test h --timeout 120s')).toMatch(/Phase: +Succeeded/);
  await ok('rollback h 1 --wait --no-hooks --timeout 120s');
  expect(await get('configmap h', '{.data.color}')).toBe('blue');
  await ok('uninstall h --wait --timeout 120s');
  expect(await lines('get configmaps,secrets -o name')).toEqual(['configmap/kube-root-ca.crt']);
  await cluster.ok('delete jobs --all');
});

const labels = 'labels: { app: "{{ .Release.Name }}" }';
const selector = 'selector: { matchLabels: { app: "{{ .Release.Name }}" } }';
const container = (more = '') =>
  `{ name: main, image: busybox:1.36, command: [sh, -c, "exec httpd -f -p 8080"], env: [{ name: LEVEL, value: "{{ .Values.level }}" }], readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 10 }${more} }`;

it('keeps the claims of a StatefulSet, with a Service, a budget, an account and its role beside it', async () => {
  write('database', {
    'values.yaml': 'level: low\n',
    'templates/set.yaml': `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: "{{ .Release.Name }}" }
spec:
  replicas: 2
  podManagementPolicy: Parallel
  serviceName: "{{ .Release.Name }}"
  ${selector}
  template:
    metadata: { ${labels} }
    spec:
      serviceAccountName: "{{ .Release.Name }}"
      terminationGracePeriodSeconds: 0
      containers:
      - ${container(', volumeMounts: [{ name: data, mountPath: /data }]')}
  volumeClaimTemplates:
  - metadata: { name: data }
    spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`,
    'templates/around.yaml': `apiVersion: v1
kind: Service
metadata: { name: "{{ .Release.Name }}" }
spec: { clusterIP: None, selector: { app: "{{ .Release.Name }}" }, ports: [{ port: 8080 }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: "{{ .Release.Name }}" }
spec: { maxUnavailable: 1, ${selector} }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: "{{ .Release.Name }}" }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: "{{ .Release.Name }}" }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get, list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: "{{ .Release.Name }}" }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: "{{ .Release.Name }}" }
subjects: [{ kind: ServiceAccount, name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}" }]
`,
  });
  await ok('install d database --wait --timeout 180s');
  expect(await get('statefulset d', '{.status.readyReplicas}')).toBe('2');
  expect(await get('pvc', '{.items[*].metadata.name} {.items[*].status.phase}')).toBe('data-d-0 data-d-1 Bound Bound');
  await cluster.ok(['exec', 'd-1', '--', 'sh', '-c', 'echo kept > /data/file']);
  await ok('upgrade d database --set level=high --wait --timeout 180s');
  expect(await cluster.ok(['exec', 'd-1', '--', 'sh', '-c', 'echo $LEVEL; cat /data/file'])).toBe('high\nkept\n');
  await waitFor('the budget', async () => (await get('pdb d', '{.status.currentHealthy}')) === '2');
  await ok('uninstall d --wait --timeout 120s');
  expect(await lines('get statefulsets,services,pdb,roles,rolebindings -o name')).toEqual(['service/kubernetes']);
  expect(await lines('get pvc -o name')).toEqual(['persistentvolumeclaim/data-d-0', 'persistentvolumeclaim/data-d-1']);
  await cluster.ok('delete pvc --all --wait=false');
});

it('hands the replicas to an autoscaler, and installs a kind with its resources', async () => {
  write('platform', {
    'values.yaml': 'level: low\nsize: 3\n',
    'crds/gadgets.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: gadgets, singular: gadget, kind: Gadget }
  versions:
  - name: v1
    served: true
    storage: true
    schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer, maximum: 9 } } } } } }
`,
    'templates/gadget.yaml':
      'apiVersion: example.com/v1\nkind: Gadget\nmetadata: { name: "{{ .Release.Name }}" }\nspec: { size: {{ .Values.size }} }\n',
    'templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ .Release.Name }}" }
spec:
  ${selector}
  template:
    metadata: { ${labels} }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - ${container(', resources: { requests: { cpu: 300m } }')}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: "{{ .Release.Name }}" }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: "{{ .Release.Name }}" }
  minReplicas: 2
  maxReplicas: 3
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }]
`,
  });
  await ok('install p platform --wait --timeout 180s');
  expect(await get('gadget p', '{.spec.size}')).toBe('3');
  await waitFor('the autoscaler to scale', async () => (await get('deployment p', '{.spec.replicas}')) === '2');
  const refused = await helm(cluster.kubeconfig, 'upgrade p platform --set size=10', { home });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('spec.size in body should be less than or equal to 9')]);
  await ok('upgrade p platform --set size=5 --wait --timeout 180s');
  expect([await get('gadget p', '{.spec.size}'), await get('deployment p', '{.spec.replicas}')]).toEqual(['5', '2']);
  await ok('uninstall p --wait --timeout 120s');
  expect(await lines('get gadgets,deployments,hpa -o name')).toEqual([]);
  expect(await lines('get crd gadgets.example.com -o name')).toHaveLength(1);
});

it('installs, changes and removes 300 objects', async () => {
  write('crowd', {
    'values.yaml': 'count: 300\nround: first\n',
    'templates/all.yaml': `{{- range $i := until (int .Values.count) }}
---
apiVersion: v1
kind: {{ if eq (mod $i 3) 0 }}ConfigMap{{ else if eq (mod $i 3) 1 }}Secret{{ else }}ServiceAccount{{ end }}
metadata: { name: "{{ $.Release.Name }}-{{ $i }}", labels: { round: "{{ $.Values.round }}" } }
{{- end }}
`,
  });
  const count = async (round: string) => (await lines(`get configmaps,secrets,serviceaccounts -l round=${round} -o name`)).length;
  await ok('install c crowd --wait --timeout 180s');
  expect(await count('first')).toBe(300);
  await ok('upgrade c crowd --set round=second,count=290 --wait --timeout 180s');
  expect([await count('first'), await count('second')]).toEqual([0, 290]);
  await ok('uninstall c --wait --timeout 180s');
  expect(await count('second')).toBe(0);
});
