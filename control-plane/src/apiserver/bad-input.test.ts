/**
 * Requests that are well formed and wrong, by sort: Kubernetes' own words, whole, and its status code. What is malformed stands in errors.test.ts,
 * what kubectl prints of both in tests/e2e/bad-input.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorld, podNamed, type World } from './testing.ts';

const core = '/api/v1/namespaces/default';
const configMaps = `${core}/configmaps`;
const pods = `${core}/pods`;
const services = `${core}/services`;
const deployments = '/apis/apps/v1/namespaces/default/deployments';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await world.create(configMaps, { metadata: { name: 'here', labels: { a: 'b' } }, data: { a: '1' } } as any);
  await world.create(configMaps, { metadata: { name: 'frozen' }, immutable: true, data: { a: '1' } } as any);
  await world.create(pods, podNamed('here'));
  await world.create(services, { metadata: { name: 'here' }, spec: { ports: [{ port: 80 }] } } as any);
  await world.create(deployments, deployment('here') as any);
  await world.create('/apis/policy/v1/namespaces/default/poddisruptionbudgets', { metadata: { name: 'here' }, spec: {} } as any);
});
afterAll(async () => {
  expect(world.errors).toEqual([]);
  await world.close();
});

const template = (app: string, spec: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
});
const deployment = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
});
const pod = (container: object, spec: object = {}) => ({
  metadata: { name: 'odd' },
  spec: { containers: [{ name: 'main', image: 'nginx', ...container }], ...spec },
});
const map = (metadata: object, more: object = {}) => ({ metadata: { name: 'odd', ...metadata }, ...more });

const label63 = 'must be no more than 63 bytes';
const qualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValue =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const dns1123Label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const dns1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/** What, method, path, body, code, message. A PATCH's body is a pair of type and patch. */
type Row = readonly [what: string, method: string, path: string, body: unknown, code: number, message: string];

// biome-ignore format: one row a line
const objects: readonly Row[] = [
  ['a label key', 'POST', configMaps, map({ labels: { 'a b': '1' } }), 422, `ConfigMap "odd" is invalid: metadata.labels: Invalid value: "a b": ${qualified}`],
  ['a label value', 'POST', configMaps, map({ labels: { a: '-' } }), 422, `ConfigMap "odd" is invalid: metadata.labels: Invalid value: "-": ${labelValue}`],
  ['a long label value', 'POST', configMaps, map({ labels: { a: 'x'.repeat(64) } }), 422, `ConfigMap "odd" is invalid: metadata.labels: Invalid value: "${'x'.repeat(64)}": ${label63}`],
  ['an annotation key', 'POST', configMaps, map({ annotations: { '/a': '1' } }), 422, 'ConfigMap "odd" is invalid: metadata.annotations: Invalid value: "/a": prefix part must be non-empty'],
  ['a finalizer', 'POST', configMaps, map({ finalizers: ['plain'] }), 422, 'ConfigMap "odd" is invalid: metadata.finalizers[0]: Invalid value: "plain": name is neither a standard finalizer name nor is it fully qualified'],
  ['owners that are nothing', 'POST', configMaps, map({ ownerReferences: [{}] }), 422, 'ConfigMap "odd" is invalid: [metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty, metadata.ownerReferences.kind: Invalid value: "": must not be empty, metadata.ownerReferences.name: Invalid value: "": must not be empty, metadata.ownerReferences.uid: Invalid value: "": must not be empty]'],
  ['no body', 'POST', configMaps, undefined, 400, "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
  ['an array', 'PUT', `${configMaps}/here`, [], 400, `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)`],
  ['an update for no revision', 'PUT', '/apis/policy/v1/namespaces/default/poddisruptionbudgets/here', { metadata: { name: 'here' }, spec: {} }, 422, 'poddisruptionbudgets.policy "here" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update'],
  ['another namespace than the path', 'POST', configMaps, map({ namespace: 'other' }), 400, 'the namespace of the provided object does not match the namespace sent on the request'],
  ['another name than the path', 'PUT', `${configMaps}/here`, map({}), 400, 'the name of the object (odd) does not match the name on the URL (here)'],
  ['a namespace that is not there', 'POST', '/api/v1/namespaces/nowhere/configmaps', map({}), 404, 'namespaces "nowhere" not found'],
  ['a name that is taken', 'POST', configMaps, map({ name: 'here' }), 409, 'configmaps "here" already exists'],
  ['a key of data', 'POST', configMaps, map({}, { data: { 'a b': '1' } }), 422, `ConfigMap "odd" is invalid: data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`],
  ['a stale revision', 'PUT', `${configMaps}/here`, map({ name: 'here', resourceVersion: '1' }), 409, 'Operation cannot be fulfilled on configmaps "here": the object has been modified; please apply your changes to the latest version and try again'],
  ['another uid', 'PUT', `${configMaps}/here`, map({ name: 'here', uid: 'other' }), 409, 'Operation cannot be fulfilled on configmaps "here": Precondition failed: UID in precondition: other, UID in object meta: <uid>'],
  ['a change of what is immutable', 'PUT', `${configMaps}/frozen`, map({ name: 'frozen' }, { immutable: true, data: { a: '2' } }), 422, 'ConfigMap "frozen" is invalid: data: Forbidden: field is immutable when `immutable` is set'],
  ['an update of nothing', 'PUT', `${configMaps}/none`, map({ name: 'none' }), 404, 'configmaps "none" not found'],
  ['a delete of nothing', 'DELETE', `${configMaps}/none`, undefined, 404, 'configmaps "none" not found'],
  ['a delete of another uid', 'DELETE', `${configMaps}/here`, { preconditions: { uid: 'other' } }, 409, 'Operation cannot be fulfilled on ConfigMap "here": the UID in the precondition (other) does not match the UID in record (<uid>). The object might have been deleted and then recreated'],
  ['a delete of another revision', 'DELETE', `${configMaps}/here`, { preconditions: { resourceVersion: '1' } }, 409, 'Operation cannot be fulfilled on ConfigMap "here": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (<rv>). The object might have been modified'],
  ['an unknown propagation', 'DELETE', `${pods}/here`, { propagationPolicy: 'Sideways' }, 422, 'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"'],
  ['options that are none', 'DELETE', `${pods}/here`, { apiVersion: 'v1', kind: 'Pod' }, 400, 'Pod in version "v1" cannot be handled as a DeleteOptions: converting (Pod) to (DeleteOptions): unknown conversion'],
  ['two propagations', 'DELETE', `${pods}/here`, { propagationPolicy: 'Background', orphanDependents: true }, 422, 'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Background": orphanDependents and deletionPropagation cannot be both set'],
];

// biome-ignore format: one row a line
const specs: readonly Row[] = [
  ['two containers of one name', 'POST', pods, pod( {}, { containers: [ { name: 'a', image: 'i' }, { name: 'a', image: 'i' } ] } ), 422, 'Pod "odd" is invalid: spec.containers[1].name: Duplicate value: "a"'],
  ['a name of a container', 'POST', pods, pod({ name: 'A' }), 422, `Pod "odd" is invalid: spec.containers[0].name: Invalid value: "A": ${dns1123Label}`],
  ['a pull policy', 'POST', pods, pod({ imagePullPolicy: 'Sometimes' }), 422, 'Pod "odd" is invalid: spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"'],
  ['a restart policy', 'POST', pods, pod({}, { restartPolicy: 'Perhaps' }), 422, 'Pod "odd" is invalid: spec.restartPolicy: Unsupported value: "Perhaps": supported values: "Always", "Never", "OnFailure"'],
  ['a port', 'POST', pods, pod({ ports: [{ containerPort: 70000 }] }), 422, 'Pod "odd" is invalid: spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ['a mount of no volume', 'POST', pods, pod({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), 422, 'Pod "odd" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ['a volume of two kinds', 'POST', pods, pod({}, { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }), 422, 'Pod "odd" is invalid: spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ['a request above its limit', 'POST', pods, pod({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }), 422, 'Pod "odd" is invalid: spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
  ['a quantity', 'POST', pods, pod({ resources: { requests: { cpu: 'lots' } } }), 400, 'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\''],
  ['a probe of two kinds', 'POST', pods, pod({ livenessProbe: { exec: { command: ['true'] }, tcpSocket: { port: 80 } } }), 422, 'Pod "odd" is invalid: spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
  ['a probe of no kind', 'POST', pods, pod({ livenessProbe: {} }), 422, 'Pod "odd" is invalid: spec.containers[0].livenessProbe: Required value: must specify a handler type'],
  ['a toleration', 'POST', pods, pod({}, { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }), 422, 'Pod "odd" is invalid: spec.tolerations[0].operator: Invalid value: {"key":"a","operator":"Exists","value":"b"}: value must be empty when `operator` is \'Exists\''],
  ['a service account that is not there', 'POST', pods, pod({}, { serviceAccountName: 'nobody' }), 403, 'pods "odd" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found'],
  ['a class of priority', 'POST', pods, pod({}, { priorityClassName: 'none' }), 403, 'pods "odd" is forbidden: no PriorityClass with name none was found'],
  ['a change of a container', 'PATCH', `${pods}/here`, ['strategic-merge-patch', { spec: { containers: [{ name: 'app', command: ['other'] }] } }], 422, 'Pod "here" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'],
  ['no selector', 'POST', deployments, { metadata: { name: 'odd' }, spec: { template: template('odd') } }, 422, 'Deployment.apps "odd" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: {"app":"odd"}: `selector` does not match template `labels`]'],
  ['a selector of others', 'POST', deployments, deployment('odd', { template: template('other') }), 422, 'Deployment.apps "odd" is invalid: spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`'],
  ['negative replicas', 'POST', deployments, deployment('odd', { replicas: -1 }), 422, 'Deployment.apps "odd" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ['a policy of restarts in a template', 'POST', deployments, deployment('odd', { template: template('odd', { restartPolicy: 'Never' }) }), 422, 'Deployment.apps "odd" is invalid: spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ['a rollout that cannot move', 'POST', deployments, deployment('odd', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }), 422, 'Deployment.apps "odd" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
  ['a strategy', 'POST', deployments, deployment('odd', { strategy: { type: 'Quick' } }), 422, 'Deployment.apps "odd" is invalid: spec.strategy.type: Unsupported value: "Quick": supported values: "Recreate", "RollingUpdate"'],
  ['a name of a Service', 'POST', services, { metadata: { name: '1odd' }, spec: { ports: [{ port: 80 }] } }, 422, `Service "1odd" is invalid: metadata.name: Invalid value: "1odd": ${dns1035}`],
  ['a Service without ports', 'POST', services, { metadata: { name: 'odd' }, spec: {} }, 422, 'Service "odd" is invalid: spec.ports: Required value'],
  ['two ports without names', 'POST', services, { metadata: { name: 'odd' }, spec: { ports: [{ port: 80 }, { port: 81 }] } }, 422, 'Service "odd" is invalid: [spec.ports[0].name: Required value, spec.ports[1].name: Required value]'],
  ['a type of Service', 'POST', services, { metadata: { name: 'odd' }, spec: { type: 'Cloud', ports: [{ port: 80 }] } }, 422, 'Service "odd" is invalid: spec.type: Unsupported value: "Cloud": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
  ['a taken address', 'POST', services, { metadata: { name: 'odd' }, spec: { clusterIP: '<here>', ports: [{ port: 80 }] } }, 422, 'Service "odd" is invalid: spec.clusterIPs: Invalid value: ["<here>"]: failed to allocate IP <here>: provided IP is already allocated'],
  ['a schedule', 'POST', '/apis/batch/v1/namespaces/default/cronjobs', { metadata: { name: 'odd' }, spec: { schedule: 'now', jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'i' }] } } } } } }, 422, 'CronJob.batch "odd" is invalid: spec.schedule: Invalid value: "now": expected exactly 5 fields, found 1: [now]'],
  ['a Job that restarts always', 'POST', '/apis/batch/v1/namespaces/default/jobs', { metadata: { name: 'odd' }, spec: { template: { spec: { containers: [{ name: 'a', image: 'i' }] } } } }, 422, 'Job.batch "odd" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ['a type of Secret', 'POST', `${core}/secrets`, { metadata: { name: 'odd' }, type: 'kubernetes.io/tls' }, 422, 'Secret "odd" is invalid: [data[tls.crt]: Required value, data[tls.key]: Required value]'],
  ['data that is no base64', 'POST', `${core}/secrets`, { metadata: { name: 'odd' }, data: { a: '*' } }, 400, 'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0'],
  ['a role that refers to nothing', 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', { metadata: { name: 'odd' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Robot', name: 'x' } }, 422, 'RoleBinding.rbac.authorization.k8s.io "odd" is invalid: roleRef.kind: Unsupported value: "Robot": supported values: "ClusterRole", "Role"'],
  ['a budget of two kinds', 'POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', { metadata: { name: 'odd' }, spec: { minAvailable: 1, maxUnavailable: 1 } }, 422, 'PodDisruptionBudget.policy "odd" is invalid: spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set'],
  ['an autoscaler the wrong way round', 'POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', { metadata: { name: 'odd' }, spec: { scaleTargetRef: { kind: 'Deployment', name: 'x' }, minReplicas: 3, maxReplicas: 2 } }, 422, 'HorizontalPodAutoscaler.autoscaling "odd" is invalid: spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`'],
  ['a name of a Namespace', 'POST', '/api/v1/namespaces', { metadata: { name: 'a.b' } }, 422, `Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots`],
];

// biome-ignore format: one row a line
const requests: readonly Row[] = [
  ['a label selector', 'GET', `${pods}?labelSelector=a%20b`, undefined, 400, "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a field selector', 'GET', `${pods}?fieldSelector=spec.color%3Dblue`, undefined, 400, 'field label not supported: spec.color'],
  ['a field selector of a kind without any', 'GET', `${configMaps}?fieldSelector=data.size%3D1`, undefined, 400, '"data.size" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  ...['toString', 'constructor', '__proto__'].flatMap((name): Row[] => [
    [`a field selector of pods by ${name}`, 'GET', `${pods}?fieldSelector=${name}%3Dx`, undefined, 400, `field label not supported: ${name}`],
    [`the end of all ConfigMaps without ${name}`, 'DELETE', `${configMaps}?fieldSelector=${name}!%3Dx`, undefined, 400, `"${name}" is not a known field selector: only "metadata.name", "metadata.namespace"`],
  ]),
  ['a field selector that is none', 'GET', `${pods}?fieldSelector=oops`, undefined, 400, "invalid selector: 'oops'; can't understand 'oops'"],
  ['a resourceVersion', 'GET', `${pods}?resourceVersion=soon`, undefined, 400, 'resourceVersion: Invalid value: "soon": strconv.ParseUint: parsing "soon": invalid syntax'],
  ['a limit', 'GET', `${pods}?limit=few`, undefined, 400, 'strconv.ParseInt: parsing "few": invalid syntax'],
  ['a match without a revision', 'GET', `${pods}?resourceVersionMatch=Exact`, undefined, 422, 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'],
  ['an unknown match', 'GET', `${pods}?resourceVersion=1&resourceVersionMatch=Newest`, undefined, 422, 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan"'],
  ['an exact match of any', 'GET', `${pods}?resourceVersion=0&resourceVersionMatch=Exact`, undefined, 422, 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
  ['initial events of a list', 'GET', `${pods}?sendInitialEvents=true`, undefined, 422, 'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
  ['a match of a watch', 'GET', `${pods}?watch=true&resourceVersion=1&resourceVersionMatch=NotOlderThan`, undefined, 422, 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'],
  ['an Accept nobody has', 'GET', pods, undefined, 406, 'only the following media types are accepted: application/json, application/yaml'],
  ['negative replicas of a Scale', 'PUT', `${deployments}/here/scale`, { metadata: { name: 'here' }, spec: { replicas: -1 } }, 422, 'Scale.autoscaling "here" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ['a binding to nothing', 'POST', `${pods}/here/binding`, { metadata: { name: 'here' }, target: {} }, 422, 'Binding "here" is invalid: target.name: Required value'],
  ['a token of a moment', 'POST', `${core}/serviceaccounts/default/token`, { spec: { audiences: [], expirationSeconds: 1 } }, 422, 'TokenRequest.authentication.k8s.io "default" is invalid: spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes'],
];

// biome-ignore format: one row a line
const patches: readonly Row[] = [
  ['a type that custom kinds have', 'PATCH', `${configMaps}/here`, ['json', {}], 415, 'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml'],
  ['a JSON patch of nothing', 'PATCH', `${configMaps}/none`, ['json-patch', []], 404, 'configmaps "none" not found'],
  ['a JSON patch that tests in vain', 'PATCH', `${configMaps}/here`, ['json-patch', [{ op: 'test', path: '/data/a', value: '2' }]], 422, 'the server rejected our request due to an error in our request'],
  ['a JSON patch that is none', 'PATCH', `${configMaps}/here`, ['json-patch', { op: 'add' }], 400, 'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch'],
  ['a strategic patch of a wrong type', 'PATCH', `${configMaps}/here`, ['strategic-merge-patch', { data: { a: 1 } }], 422, ' "" is invalid: patch: Invalid value: "map[data:map[a:1]]": cannot convert int64 to string'],
  ['a strategic patch of an unknown field', 'PATCH', `${configMaps}/here?fieldValidation=Strict`, ['strategic-merge-patch', { dat: {} }], 422, ' "" is invalid: patch: Invalid value: "map[dat:map[]]": strict decoding error: unknown field "dat"'],
  ['a strategic patch without its key', 'PATCH', `${pods}/here`, ['strategic-merge-patch', { spec: { containers: [{ image: 'x' }] } }], 422, 'map: map[image:x] does not contain declared merge key: name'],
  ['a strategic patch with a directive that is no text', 'PATCH', `${configMaps}/here`, ['strategic-merge-patch', { data: { $patch: { toString: 1 } } }], 400, 'unknown patch type: map[toString:1] in map: map[$patch:map[toString:1]]'],
  ['an apply of a version that is no text', 'PATCH', `${configMaps}/here?fieldManager=me`, ['apply', { apiVersion: { toString: 1 }, kind: 'ConfigMap' }], 400, 'Incorrect version specified in apply patch. Specified patch version: , expected: v1'],
  ['a strategic patch with a directive', 'PATCH', `${configMaps}/here`, ['strategic-merge-patch', { data: { $patch: 'undo' } }], 400, 'unknown patch type: undo in map: map[$patch:undo]'],
  ['a merge patch of a name', 'PATCH', `${configMaps}/here`, ['merge-patch', { metadata: { name: 'other' } }], 400, 'the name of the object (other) does not match the name on the URL (here)'],
  ['a merge patch of a namespace', 'PATCH', `${configMaps}/here`, ['merge-patch', { metadata: { namespace: 'other' } }], 400, 'the namespace of the provided object does not match the namespace sent on the request'],
  ['a merge patch of a stale revision', 'PATCH', `${configMaps}/here`, ['merge-patch', { metadata: { resourceVersion: '1' } }], 409, 'Operation cannot be fulfilled on configmaps "here": the object has been modified; please apply your changes to the latest version and try again'],
  ['an apply without a manager', 'PATCH', `${configMaps}/here`, ['apply', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'here' } }], 422, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'],
  ['a merge patch that is none', 'PATCH', `${configMaps}/here`, ['merge-patch', 'nope'], 400, 'error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}'],
  ['a strategic patch that is none', 'PATCH', `${configMaps}/here`, ['strategic-merge-patch', []], 400, 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ['a forced merge', 'PATCH', `${configMaps}/here?force=true`, ['merge-patch', {}], 422, 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch'],
];

const typeOf: Readonly<Record<string, string>> = { apply: 'application/apply-patch+yaml', json: 'application/json' };

const ask = async ([what, method, path, body]: Row) => {
  const [type, content] = method === 'PATCH' ? (body as [string, unknown]) : ['', body];
  const headers = {
    ...(method === 'PATCH' ? { 'content-type': typeOf[type] ?? `application/${type}+json` } : {}),
    ...(what.includes('Accept') ? { accept: 'image/png' } : {}),
  };
  const here = (await world.call('GET', `${services}/here`)).body.spec.clusterIP;
  const text = content === undefined ? undefined : JSON.stringify(content).replaceAll('<here>', here);
  return { here, ...(await world.call(method, path, text, headers)) };
};

describe.each([
  ['objects', objects],
  ['specs', specs],
  ['requests', requests],
  ['patches', patches],
] as const)('%s', (_sort, rows) => {
  test.each(rows)('%s', async (...row) => {
    const [, , , , code, message] = row;
    const { status, body, here } = await ask(row);
    // what of the pod changed is shown below the message, in a form of our own
    const masked = String(body.message)
      .replace(/\n[\s\S]*/, '')
      .replaceAll(here, '<here>')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uid>')
      .replace(/record \(\d+\)/, 'record (<rv>)');
    expect([masked, status, body.kind, body.code]).toEqual([message, code, 'Status', code]);
  });
});
