/** Every route with every type of body it takes, as valid requests: what the fuzzing starts from. */

import { stringify } from 'yaml';
import { createCatalog, type Served } from '#control-plane/apiserver/catalog.ts';
import { fixedNames, seeds } from '#control-plane/apiserver/testing-seeds.ts';
import { encodeProto } from '#schema/dsl/proto.ts';
import { encodeEnvelope } from '#schema/proto/envelope.ts';
import { resources } from '#schema/resources.ts';
import type { Chance } from './chance.ts';

export interface ValidRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: { readonly value: unknown; readonly encode: (value: unknown) => string | Uint8Array };
}

export interface Route {
  readonly name: string;
  /** Media type of the body; '' for none. */
  readonly type: string;
  valid(chance: Chance): ValidRequest;
}

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;
const accepts = [
  json,
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
  yaml,
  `${protobuf},${json}`,
];

const served = createCatalog(resources).all;
const withVerb = (verb: string): readonly Served[] =>
  served.filter(({ definition }) => (definition.verbs as readonly string[]).includes(verb) && definition.group !== 'metrics.k8s.io');

/** The kind of a custom resource that the run makes first. */
export const widgetPath = '/apis/fuzz.kedge.test/v1/namespaces/default/widgets';
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.fuzz.kedge.test' },
  spec: {
    group: 'fuzz.kedge.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  replicas: { type: 'integer', minimum: 0, default: 1 },
                  size: { 'x-kubernetes-int-or-string': true },
                  parts: {
                    type: 'array',
                    items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                  },
                },
                'x-kubernetes-validations': [{ rule: '!has(self.size) || self.replicas < 100', message: 'too many' }],
              },
              status: { type: 'object', properties: { replicas: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
};
export const widget = {
  apiVersion: 'fuzz.kedge.test/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec: { replicas: 2, size: '10%', parts: [{ name: 'a' }] },
};

const metadata = {
  labels: { a: 'b' },
  annotations: { c: 'd' },
  finalizers: ['a.b/c'],
  ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
};

const collectionOf = ({ groupVersion, definition }: Served): string =>
  `${groupVersion.includes('/') ? '/apis' : '/api'}/${groupVersion}/${definition.namespaced ? 'namespaces/default/' : ''}${definition.resource}`;
/** What the run makes first of every kind. */
export const nameOf = ({ definition, groupVersion }: Served): string =>
  fixedNames[definition.kind] ?? `z-${groupVersion.replace(/\W/g, '-')}`;
export const objectOf = (one: Served, name = nameOf(one)): any => ({
  apiVersion: one.groupVersion,
  kind: one.definition.kind,
  ...seeds[one.definition.kind],
  metadata: { ...metadata, name },
});
/** Webhooks that answer nobody: they are asked of nothing that is sent. */
const nobody = [
  {
    name: 'a.b.c',
    clientConfig: { service: { name: 's', namespace: 'n' } },
    rules: [{ apiGroups: ['nobody.kedge.test'], apiVersions: ['v1'], resources: ['nothing'], operations: ['CREATE'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  },
];
const harmless: Readonly<Record<string, object>> = {
  MutatingWebhookConfiguration: { webhooks: nobody },
  ValidatingWebhookConfiguration: { webhooks: nobody },
};
/** Kinds with stored objects, and where they are made. */
export const stored = (): { readonly path: string; readonly object: any }[] =>
  withVerb('create')
    .filter(({ definition }) => definition.storage !== 'virtual' && definition.kind !== 'CustomResourceDefinition')
    .map((one) => ({
      path: collectionOf(one),
      object: { ...objectOf(one), ...harmless[one.definition.kind], metadata: { name: nameOf(one) } },
    }));

const encoders: Readonly<Record<string, (one: Served) => (value: unknown) => string | Uint8Array>> = {
  [json]: () => (value) => JSON.stringify(value) ?? '',
  [yaml]: () => (value) => stringify(value, { aliasDuplicateObjects: false }),
  [protobuf]: (one) => (value) =>
    encodeEnvelope({ apiVersion: one.groupVersion, kind: one.definition.kind, raw: encodeProto(one.served.schema, value as any) }),
};

const dry = { dryRun: 'All' } as const;
const plainHeaders = (chance: Chance, type: string): Record<string, string> => ({
  accept: chance.of(accepts),
  ...(type ? { 'content-type': type } : {}),
});

const deleteOptions = {
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  gracePeriodSeconds: 1,
  propagationPolicy: 'Background',
  preconditions: { uid: 'u' },
  dryRun: ['All'],
};
const deleteEncoders: Readonly<Record<string, (value: unknown) => string | Uint8Array>> = {
  [json]: encoders[json]!(served[0]!),
  [yaml]: encoders[yaml]!(served[0]!),
  [protobuf]: () => encodeEnvelope({ apiVersion: 'v1', kind: 'DeleteOptions', raw: new Uint8Array([8, 1]) }),
};

const writes: Route[] = [json, yaml, protobuf].flatMap((type): Route[] => [
  {
    name: 'create',
    type,
    valid: (chance) => {
      const one = chance.of(withVerb('create'));
      const body = { value: objectOf(one, fixedNames[one.definition.kind] ?? 'new'), encode: encoders[type]!(one) };
      return { method: 'POST', path: collectionOf(one), query: dry, headers: plainHeaders(chance, type), body };
    },
  },
  {
    name: 'update',
    type,
    valid: (chance) => {
      const one = chance.of(withVerb('update'));
      const body = { value: objectOf(one), encode: encoders[type]!(one) };
      return { method: 'PUT', path: `${collectionOf(one)}/${nameOf(one)}`, query: dry, headers: plainHeaders(chance, type), body };
    },
  },
  {
    name: 'update of status',
    type,
    valid: (chance) => {
      const one = chance.of(withVerb('update').filter(({ definition }) => definition.hasStatus));
      const body = { value: objectOf(one), encode: encoders[type]!(one) };
      return { method: 'PUT', path: `${collectionOf(one)}/${nameOf(one)}/status`, query: dry, headers: plainHeaders(chance, type), body };
    },
  },
  {
    name: 'delete',
    type,
    valid: (chance) => {
      const one = chance.of(withVerb('delete'));
      const body = { value: deleteOptions, encode: deleteEncoders[type]! };
      return { method: 'DELETE', path: `${collectionOf(one)}/${nameOf(one)}`, query: dry, headers: plainHeaders(chance, type), body };
    },
  },
  {
    name: 'delete of a collection',
    type,
    valid: (chance) => {
      const body = { value: deleteOptions, encode: deleteEncoders[type]! };
      const query = { ...dry, labelSelector: 'a=b' };
      return {
        method: 'DELETE',
        path: collectionOf(chance.of(withVerb('deletecollection'))),
        query,
        headers: plainHeaders(chance, type),
        body,
      };
    },
  },
]);

/** A patch of this type that adds `value` or all of `object`. */
const patchOf = (type: string, object: any, chance: Chance): unknown => {
  if (type.startsWith('application/json-patch')) {
    const { labels, annotations } = object.metadata;
    return [
      { op: 'test', path: '/metadata/name', value: object.metadata.name },
      {
        op: chance.of(['add', 'replace', 'copy', 'move', 'remove']),
        path: '/metadata/labels',
        from: '/metadata/annotations',
        value: labels ?? annotations,
      },
    ];
  }
  const { managedFields: _, ...rest } = object.metadata;
  return { ...object, metadata: type.includes('apply') ? { name: rest.name, labels: rest.labels } : rest };
};

const patches: Route[] = patchTypes.flatMap((type): Route[] => {
  const query = type.includes('apply') ? { ...dry, fieldManager: 'fuzz', force: 'true' } : dry;
  const request = (chance: Chance, path: string, object: any): ValidRequest => ({
    method: 'PATCH',
    path,
    query,
    headers: plainHeaders(chance, type),
    body: { value: patchOf(type, object, chance), encode: (value) => JSON.stringify(value) ?? '' },
  });
  return [
    {
      name: 'patch',
      type,
      valid: (chance) => {
        const one = chance.of(withVerb('patch'));
        return request(chance, `${collectionOf(one)}/${nameOf(one)}`, objectOf(one));
      },
    },
    {
      name: 'patch of status',
      type,
      valid: (chance) => {
        const one = chance.of(withVerb('patch').filter(({ definition }) => definition.hasStatus));
        return request(chance, `${collectionOf(one)}/${nameOf(one)}/status`, objectOf(one));
      },
    },
    {
      name: 'patch of scale',
      type,
      valid: (chance) => {
        const one = chance.of(withVerb('patch').filter(({ definition }) => definition.scale));
        const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: nameOf(one) }, spec: { replicas: 2 } };
        return request(chance, `${collectionOf(one)}/${nameOf(one)}/scale`, scale);
      },
    },
    {
      name: 'patch of a custom resource',
      type,
      valid: (chance) => request(chance, `${widgetPath}/w${chance.of(['', '', '/status'])}`, widget),
    },
  ];
});

const ofResource = (resource: string): Served => served.find(({ definition }) => definition.resource === resource)!;
const pods = '/api/v1/namespaces/default/pods/z-v1';
const posts: readonly { readonly name: string; readonly method: string; readonly path: string; readonly value: unknown }[] = [
  {
    name: 'eviction',
    method: 'POST',
    path: `${pods}/eviction`,
    value: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'z-v1', namespace: 'default' },
      deleteOptions: { dryRun: ['All'] },
    },
  },
  {
    name: 'binding',
    method: 'POST',
    path: `${pods}/binding`,
    value: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'z-v1' }, target: { kind: 'Node', name: 'z-v1' } },
  },
  {
    name: 'token',
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/z-v1/token',
    value: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['a'], expirationSeconds: 600 } },
  },
  {
    name: 'scale',
    method: 'PUT',
    path: '/apis/apps/v1/namespaces/default/deployments/z-apps-v1/scale',
    value: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'z-apps-v1', namespace: 'default' }, spec: { replicas: 1 } },
  },
  ...(['approval', 'finalize', 'ephemeralcontainers', 'resize'] as const).map((name) => {
    const one = ofResource(
      { approval: 'certificatesigningrequests', finalize: 'namespaces', ephemeralcontainers: 'pods', resize: 'pods' }[name],
    );
    return { name, method: 'PUT', path: `${collectionOf(one)}/${nameOf(one)}/${name}`, value: objectOf(one) };
  }),
  { name: 'delete of a custom resource', method: 'DELETE', path: `${widgetPath}/w`, value: deleteOptions },
  { name: 'create of a custom resource', method: 'POST', path: widgetPath, value: { ...widget, metadata: { name: 'other' } } },
  { name: 'update of a custom resource', method: 'PUT', path: `${widgetPath}/w`, value: widget },
  {
    name: 'create of a definition',
    method: 'POST',
    path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    value: { ...widgetDefinition, metadata: { name: 'widgets.fuzz.kedge.test' } },
  },
];
const others: Route[] = posts.flatMap(({ name, method, path, value }) =>
  [json, yaml].map(
    (type): Route => ({
      name,
      type,
      valid: (chance) => ({
        method,
        path,
        query: dry,
        headers: plainHeaders(chance, type),
        body: { value, encode: encoders[type]!(served[0]!) },
      }),
    }),
  ),
);

const documents: readonly string[] = [
  ...[
    '/api',
    '/apis',
    '/api/v1',
    '/apis/apps/v1',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/apis/apps/v1',
    '/version',
    '/healthz',
    '/readyz',
    '/livez',
    '/',
  ],
  ...[
    '/.well-known/openid-configuration',
    '/openid/v1/jwks',
    '/apis/kedge.dev/v1/namespaces/default/pods/z-v1/versions',
    '/apis/fuzz.kedge.test/v1',
  ],
];
const bare = (name: string, at: (chance: Chance) => Pick<ValidRequest, 'path' | 'query'> & { readonly method?: string }): Route => ({
  name,
  type: '',
  valid: (chance) => ({ method: 'GET', headers: plainHeaders(chance, ''), ...at(chance) }),
});
const reads: Route[] = [
  bare('get', (chance) => {
    const one = chance.of(withVerb('get'));
    return { path: `${collectionOf(one)}/${nameOf(one)}${one.definition.hasStatus && chance.hit(0.2) ? '/status' : ''}`, query: {} };
  }),
  bare('list', (chance) => ({ path: collectionOf(chance.of(withVerb('list'))), query: { limit: chance.of(['', '2']) } })),
  bare('watch', (chance) => ({ path: collectionOf(chance.of(withVerb('watch'))), query: { watch: 'true', timeoutSeconds: '1' } })),
  bare('get of a custom resource', (chance) => ({ path: `${widgetPath}/w${chance.of(['', '/status', '/scale'])}`, query: {} })),
  bare('watch of custom resources', () => ({ path: widgetPath, query: { watch: 'true', timeoutSeconds: '1' } })),
  bare('list of custom resources', () => ({ path: widgetPath, query: { limit: '1' } })),
  bare('delete without a body', (chance) => {
    const one = chance.of(withVerb('delete'));
    return { method: 'DELETE', path: `${collectionOf(one)}/${nameOf(one)}`, query: dry };
  }),
  bare('delete of a collection without a body', (chance) => ({
    method: 'DELETE',
    path: collectionOf(chance.of(withVerb('deletecollection'))),
    query: { ...dry, labelSelector: 'a=b' },
  })),
  bare('documents', (chance) => ({ path: chance.of(documents), query: {} })),
];

export const routes: readonly Route[] = [...writes, ...patches, ...others, ...reads];
