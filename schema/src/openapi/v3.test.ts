import { describe, expect, it } from 'vitest';
import { Root } from '../dsl/test-structs.ts';
import { defineResource, type ResourceDefinition } from '../resource.ts';
import { openApiGroupVersions, openApiV3 } from './v3.ts';

const roots: ResourceDefinition = defineResource({
  group: 'test.k8s.io',
  resource: 'roots',
  kind: 'Root',
  namespaced: true,
  hasStatus: true,
  versions: [
    { version: 'v1', schema: Root, served: true, storage: true },
    { version: 'v1alpha1', schema: Root, served: false, storage: false },
    { version: 'v1', group: '', schema: Root, served: true, storage: false },
  ],
  subresources: [{ name: 'poke', kind: 'Poke', group: 'poke.k8s.io', version: 'v2', verbs: ['create'], schema: Root }],
  scale: { replicas: () => 0, setReplicas: () => {}, statusReplicas: () => 0, selector: () => '' },
  columns: [],
});
const clusterRoots: ResourceDefinition = defineResource({
  ...roots,
  resource: 'clusterroots',
  kind: 'ClusterRoot',
  namespaced: false,
  verbs: ['get', 'list'],
  hasStatus: false,
});

const document = openApiV3('apis/test.k8s.io/v1', [roots, clusterRoots]) as any;
const schemas = document.components.schemas;
const NAME = 'io.k8s.api.test.v1';
const property = (struct: string, name: string): any => schemas[`${NAME}.${struct}`].properties[name];
const refTo = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

describe('openApiV3', () => {
  it('lists the served group versions', () => {
    expect(openApiGroupVersions([roots])).toEqual(['api/v1', 'apis/test.k8s.io/v1']);
    expect(openApiV3('test.k8s.io/v1', [roots, clusterRoots])).toEqual(document);
    expect(Object.keys((openApiV3('v1', [roots]) as any).paths)).toContain('/api/v1/namespaces/{namespace}/roots/{name}');
  });

  it('marks kinds, also of lists', () => {
    expect(schemas[`${NAME}.Root`]['x-kubernetes-group-version-kind']).toContainEqual({
      group: 'test.k8s.io',
      version: 'v1',
      kind: 'Root',
    });
    expect(schemas[`${NAME}.RootList`]['x-kubernetes-group-version-kind']).toEqual([
      { group: 'test.k8s.io', version: 'v1', kind: 'RootList' },
    ]);
    expect(schemas[`${NAME}.Spec`]['x-kubernetes-group-version-kind']).toBeUndefined();
  });

  it('gives the merge data that kubectl computes patches from', () => {
    expect(property('Spec', 'items')).toEqual({
      description: 'Items.',
      type: 'array',
      items: { allOf: [refTo(`${NAME}.Item`)], default: {} },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
    });
    expect(property('Item', 'ports')).toMatchObject({
      'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
      'x-kubernetes-patch-merge-key': 'containerPort',
    });
    expect(property('Spec', 'volumes')['x-kubernetes-patch-strategy']).toBe('merge,retainKeys');
    expect(property('Spec', 'strategy')['x-kubernetes-patch-strategy']).toBe('retainKeys');
    expect(property('Spec', 'selector')['x-kubernetes-patch-strategy']).toBe('replace');
    expect(property('Spec', 'finalizers')).toMatchObject({ 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' });
    expect(property('Spec', 'args')).toEqual({
      description: 'Args.',
      type: 'array',
      items: { type: 'string', default: '' },
      'x-kubernetes-list-type': 'atomic',
    });
    expect(property('Spec', 'labels')['x-kubernetes-map-type']).toBe('atomic');
  });

  it('describes fields', () => {
    expect(schemas[`${NAME}.Port`].required).toEqual(['containerPort']);
    expect(property('Port', 'protocol')).toEqual({ description: 'Protocol.', type: 'string', enum: ['TCP', 'UDP'], default: 'TCP' });
    expect(property('Root', 'spec')).toEqual({ description: 'Spec.', allOf: [refTo(`${NAME}.Spec`)], default: {} });
    expect(Object.keys(schemas[`${NAME}.KeyReference`].properties)).toEqual(['name', 'key']);
    expect(property('Spec', 'when').allOf).toEqual([refTo('io.k8s.apimachinery.pkg.apis.meta.v1.Time')]);
    expect(property('Item', 'limits').additionalProperties).toEqual(refTo('io.k8s.apimachinery.pkg.api.resource.Quantity'));
    expect(property('Tree', 'child').allOf).toEqual([refTo(`${NAME}.Tree`)]);
    expect(property('Spec', 'data').additionalProperties).toEqual({ type: 'string', format: 'byte' });
  });

  it('has every schema it refers to', () => {
    const names = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!);
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) expect(Object.keys(schemas[name] ?? {}), name).not.toEqual([]);
  });

  it('has the operations of each verb', () => {
    const at = '/apis/test.k8s.io/v1';
    const operations = Object.entries(document.paths).map(
      ([path, item]) => `${path}: ${Object.keys(item as object).filter((key) => key !== 'parameters')}`,
    );
    expect(operations).toEqual([
      `${at}/clusterroots: get`,
      `${at}/clusterroots/{name}: get`,
      `${at}/clusterroots/{name}/poke: post`,
      `${at}/clusterroots/{name}/scale: get,put,patch`,
      `${at}/namespaces/{namespace}/roots: get,post,delete`,
      `${at}/namespaces/{namespace}/roots/{name}: get,put,patch,delete`,
      `${at}/namespaces/{namespace}/roots/{name}/poke: post`,
      `${at}/namespaces/{namespace}/roots/{name}/scale: get,put,patch`,
      `${at}/namespaces/{namespace}/roots/{name}/status: get,put,patch`,
      `${at}/roots: get`,
    ]);
    const ids = Object.values(document.paths)
      .flatMap((item) => Object.values(item as object).map((operation) => operation.operationId))
      .filter(Boolean);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('readTestV1NamespacedRoot');
  });

  it('tells kubectl that the server validates and which patches it takes', () => {
    const { patch } = document.paths['/apis/test.k8s.io/v1/namespaces/{namespace}/roots/{name}'];
    expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: 'test.k8s.io', version: 'v1', kind: 'Root' });
    expect(patch['x-kubernetes-action']).toBe('patch');
    expect(patch.parameters.map(({ name }: { name: string }) => name)).toContain('fieldValidation');
    expect(Object.keys(patch.requestBody.content)).toEqual([
      'application/apply-patch+yaml',
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
    ]);
    const { post } = document.paths['/apis/test.k8s.io/v1/namespaces/{namespace}/roots/{name}/poke'];
    expect(post['x-kubernetes-group-version-kind']).toEqual({ group: 'poke.k8s.io', version: 'v2', kind: 'Poke' });
  });
});
