/** Every route with every type of body it takes, as valid requests: what the fuzzing starts from. */
import type { Served } from '#control-plane/apiserver/catalog.ts';
import { fixedNames } from '#control-plane/apiserver/testing-seeds.ts';
import { encodeEnvelope } from '#schema/proto/envelope.ts';
import type { Chance } from './chance.ts';
import { collectionOf, nameOf, objectOf, served, widget, widgetDefinition, widgetPath, withVerb } from './objects.ts';
import { patches } from './patches.ts';
import { dry, encoders, json, plainHeaders, protobuf, type Route, type ValidRequest, yaml } from './valid.ts';

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
