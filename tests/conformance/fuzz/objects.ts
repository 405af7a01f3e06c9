/** What the run makes first, one object of every kind and a custom kind, and where each is. */
import { createCatalog, type Served } from '#control-plane/apiserver/catalog.ts';
import { fixedNames, seeds } from '#control-plane/apiserver/testing-seeds.ts';
import { resources } from '#schema/resources.ts';

export const served = createCatalog(resources).all;
export const withVerb = (verb: string): readonly Served[] =>
  served.filter(({ definition }) => (definition.verbs as readonly string[]).includes(verb) && definition.group !== 'metrics.k8s.io');

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

export const collectionOf = ({ groupVersion, definition }: Served): string =>
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
