/**
 * CustomResourceDefinitions with the real kubectl: a kind that a client adds behaves as a built-in one, and goes with all its objects. Nothing runs
 * here, so no agent is started.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster({ name: 'crd', withoutAgent: true });
}, 180_000);
afterAll(() => cluster?.stop());

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'crontabs.stable.example.com' },
  spec: {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: { plural: 'crontabs', singular: 'crontab', kind: 'CronTab', shortNames: ['ct'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.labelSelector' },
        },
        additionalPrinterColumns: [
          { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
          { name: 'Image', type: 'string', jsonPath: '.spec.image', priority: 1 },
        ],
        selectableFields: [{ jsonPath: '.spec.image' }],
        schema: {
          openAPIV3Schema: {
            description: 'A table of jobs.',
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['cronSpec'],
                'x-kubernetes-validations': [
                  {
                    rule: "self.replicas < 9 || self.image == 'big'",
                    messageExpression: '"%d replicas need a big image".format([self.replicas])',
                  },
                  { rule: 'self.replicas >= oldSelf.replicas', message: 'may not shrink', fieldPath: '.replicas' },
                ],
                properties: {
                  cronSpec: { type: 'string', pattern: '^[0-9*/, -]+$', description: 'When the jobs run.' },
                  image: { type: 'string', default: 'cron' },
                  replicas: { type: 'integer', minimum: 0, maximum: 10, default: 1 },
                },
              },
              status: { type: 'object', properties: { replicas: { type: 'integer' }, labelSelector: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};
const tab = (name: string, spec: object, metadata: object = {}) =>
  JSON.stringify({ apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name, ...metadata }, spec });
const good = { cronSpec: '* * * * */5' };

const unchecked =
  '* <nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation\n';

/** Images of CronTabs may not have the tags that a ConfigMap names. */
const policies = (action: 'Deny' | 'Warn'): string => {
  const admission = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'tags' } };
  const policy = {
    ...{ ...admission, kind: 'ValidatingAdmissionPolicy' },
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['stable.example.com'], apiVersions: ['*'], resources: ['crontabs'], operations: ['CREATE', 'UPDATE'] },
        ],
      },
      variables: [{ name: 'tag', expression: "object.spec.image.split(':')[1]" }],
      matchConditions: [{ name: 'tagged', expression: "has(object.spec.image) && object.spec.image.contains(':')" }],
      validations: [
        {
          expression: "!(variables.tag in params.data.tags.split(','))",
          messageExpression: "object.spec.image + ' has the tag ' + variables.tag",
        },
      ],
    },
  };
  const paramRef = { name: 'tags', namespace: 'default', parameterNotFoundAction: 'Deny' };
  const binding = {
    ...{ ...admission, kind: 'ValidatingAdmissionPolicyBinding' },
    spec: { policyName: 'tags', validationActions: [action], paramRef },
  };
  const params = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'tags', namespace: 'default' }, data: { tags: 'latest,old' } };
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [params, policy, binding] });
};

const apply = (input: string, args = 'apply -f -') => cluster.kubectl(args, { input });
const isGone = (args: string) => async (): Promise<boolean> => (await cluster.kubectl(`get ${args}`)).stderr.includes('NotFound');

describe('a custom resource', () => {
  it('is a kind of its own once its definition is established', async () => {
    expect((await apply(JSON.stringify(crd))).stdout).toBe(
      'customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created\n',
    );
    await cluster.ok('wait --for=condition=Established crd/crontabs.stable.example.com --timeout=60s');
    expect(await cluster.ok('get ct')).toBe('');
    expect(await cluster.ok('api-resources --api-group=stable.example.com --no-headers')).toMatch(
      /^crontabs\s+ct\s+stable\.example\.com\/v1\s+true\s+CronTab\n$/,
    );
    expect(await cluster.ok('explain crontabs.spec.cronSpec')).toContain('When the jobs run.');
  });

  it('is created, shown, changed and scaled', async () => {
    expect((await apply(tab('one', good))).stdout).toBe('crontab.stable.example.com/one created\n');
    expect((await cluster.ok('get crontabs')).split('\n').map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['NAME', 'SPEC', 'REPLICAS'],
      ['one', '* * * * */5', '1'],
      [''],
    ]);
    expect(await cluster.ok('get ct one -o wide')).toMatch(/IMAGE\n.*\bcron\n$/);
    await cluster.ok(['patch', 'ct', 'one', '--type', 'merge', '-p', '{"spec":{"image":"other"}}']);
    await cluster.ok('label ct one tier=back');
    await cluster.ok('scale ct one --replicas=3');
    await cluster.ok(['patch', 'ct', 'one', '--type', 'merge', '--subresource', 'status', '-p', '{"status":{"replicas":2}}']);
    expect(
      await cluster.ok(['get', 'ct', 'one', '-o', 'jsonpath={.metadata.generation} {.spec.image} {.spec.replicas} {.status.replicas}']),
    ).toBe('3 other 3 2');
    expect(await cluster.ok('get ct --field-selector=spec.image=other -o name')).toBe('crontab.stable.example.com/one\n');
    expect(await cluster.ok('get ct -l tier=back -o name')).toBe('crontab.stable.example.com/one\n');
    expect(await cluster.ok('get all -o name')).toContain('crontab.stable.example.com/one\n');
    expect(await cluster.ok('describe ct one')).toContain('Cron Spec:  * * * * */5');
  });

  it('is refused in the words of Kubernetes', async () => {
    const unknown = await apply(tab('bad', { ...good, cronSpeck: 'x' }));
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('strict decoding error: unknown field "spec.cronSpeck"')]);
    const wrong = await apply(tab('bad', { ...good, replicas: 'many' }), 'create --validate=false -f -');
    expect(wrong.stderr).toBe(
      'The CronTab "bad" is invalid: \n' +
        '* spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"\n' +
        unchecked,
    );
    expect((await apply(tab('bad', { replicas: 11 }))).stderr).toBe(
      'The CronTab "bad" is invalid: \n' +
        '* spec.cronSpec: Required value\n' +
        '* spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10\n' +
        unchecked,
    );
  });

  it('must keep the rules of its schema, also those about what it was', async () => {
    expect((await apply(tab('bad', { ...good, replicas: 9 }))).stderr).toBe(
      'The CronTab "bad" is invalid: spec: Invalid value: "object": 9 replicas need a big image\n',
    );
    expect((await cluster.kubectl('scale ct one --replicas=2')).stderr).toContain('spec.replicas: Invalid value: "object": may not shrink');
    const bad = structuredClone(crd);
    Object.assign(bad.metadata, { name: 'others.stable.example.com' });
    Object.assign(bad.spec.names, { plural: 'others', singular: 'other', kind: 'Other', shortNames: [] });
    bad.spec.versions[0]!.schema.openAPIV3Schema.properties.spec['x-kubernetes-validations'][0]!.rule = 'self.replica < 9';
    const { stderr } = await apply(JSON.stringify(bad));
    expect(stderr).toContain(
      'The CustomResourceDefinition "others.stable.example.com" is invalid: spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: ',
    );
    expect(stderr).toContain("compilation failed: ERROR: <input>:1:5: undefined field 'replica'\n | self.replica < 9\n | ....^");
  });

  it('must keep the policies of the cluster, and a warning lets it pass', async () => {
    const made = await apply(policies('Deny'));
    expect(made.stderr).toBe('');
    const refused = await apply(tab('polite', { ...good, image: 'cron:latest' }));
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(
        `The crontabs "polite" is invalid: : ValidatingAdmissionPolicy 'tags' with binding 'tags' denied request: cron:latest has the tag latest`,
      ),
    ]);
    expect((await apply(policies('Warn'))).code).toBe(0);
    const warned = await apply(tab('polite', { ...good, image: 'cron:latest' }));
    expect(warned).toMatchObject({
      code: 0,
      stderr: "Warning: Validation failed for ValidatingAdmissionPolicy 'tags' with binding 'tags': cron:latest has the tag latest\n",
    });
    await cluster.ok('delete ct polite');
    await cluster.ok('delete validatingadmissionpolicybinding,validatingadmissionpolicy,configmap tags');
  });

  it('is applied on the server, with owners of its fields', async () => {
    const ssa = 'apply --server-side -f -';
    expect((await apply(tab('two', good), ssa)).stdout).toBe('crontab.stable.example.com/two serverside-applied\n');
    const taken = await apply(tab('two', { cronSpec: '1 * * * *' }), `${ssa} --field-manager=other`);
    expect([taken.code, taken.stderr]).toEqual([
      1,
      expect.stringContaining('Apply failed with 1 conflict: conflict with "kubectl": .spec.cronSpec'),
    ]);
  });

  it('owns objects, and they go with it', async () => {
    const uid = await cluster.ok('get ct two -o jsonpath={.metadata.uid}');
    const owner = { apiVersion: 'stable.example.com/v1', kind: 'CronTab', name: 'two', uid };
    const owned = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences: [owner] } };
    expect((await apply(JSON.stringify(owned))).code).toBe(0);
    expect((await apply(tab('child', good, { ownerReferences: [owner] }))).code).toBe(0);
    await cluster.ok('delete ct two');
    await waitFor('the owned ConfigMap to go', isGone('configmap owned'));
    await waitFor('the owned CronTab to go', isGone('ct child'));
  });

  it('goes with its namespace', async () => {
    await cluster.ok('create namespace shop');
    expect((await apply(tab('inside', good), 'apply -n shop -f -')).code).toBe(0);
    await cluster.ok('delete namespace shop --timeout=60s');
    expect(await cluster.ok('get ct -A -o name')).toBe('crontab.stable.example.com/one\n');
  });

  it('is there after a restart, and goes with its definition', async () => {
    await cluster.killControlPlane();
    await cluster.startControlPlane();
    expect(await cluster.ok('get ct -o name')).toBe('crontab.stable.example.com/one\n');
    await cluster.ok('delete crd crontabs.stable.example.com --timeout=60s');
    const gone = await cluster.kubectl('get --raw /apis/stable.example.com/v1/crontabs');
    expect([gone.code, gone.stderr]).toEqual([1, 'Error from server (NotFound): the server could not find the requested resource\n']);
    expect((await apply(JSON.stringify(crd))).code).toBe(0);
    await cluster.ok('wait --for=condition=Established crd/crontabs.stable.example.com --timeout=60s');
    expect(await cluster.ok('get ct -A')).toBe('');
  });
});
