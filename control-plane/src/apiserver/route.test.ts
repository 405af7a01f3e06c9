import { describe, expect, test } from 'vitest';
import { negotiate } from './negotiation.ts';
import { parseRoute } from './route.ts';

describe('parseRoute', () => {
  const core = { group: '', version: 'v1', namespace: '', name: '', subresource: '', rest: [], legacyWatch: false };
  test.each([
    ['/api/v1/pods', { ...core, resource: 'pods' }],
    ['/api/v1/pods/', { ...core, resource: 'pods' }],
    ['/api/v1/namespaces', { ...core, resource: 'namespaces' }],
    ['/api/v1/namespaces/d', { ...core, resource: 'namespaces', namespace: 'd', name: 'd' }],
    ['/api/v1/namespaces/d/finalize', { ...core, resource: 'namespaces', namespace: 'd', name: 'd', subresource: 'finalize' }],
    ['/api/v1/namespaces/d/status', { ...core, resource: 'namespaces', namespace: 'd', name: 'd', subresource: 'status' }],
    ['/api/v1/namespaces/d/pods/p/log', { ...core, resource: 'pods', namespace: 'd', name: 'p', subresource: 'log' }],
    ['/api/v1/watch/namespaces/d/pods/p', { ...core, resource: 'pods', namespace: 'd', name: 'p', legacyWatch: true }],
    ['/apis/apps/v1/namespaces/d/deployments', { ...core, group: 'apps', resource: 'deployments', namespace: 'd' }],
    ['/api/v1/nodes/a%2Fb', { ...core, resource: 'nodes', name: 'a/b' }],
    [
      '/api/v1/namespaces/d/pods/p/proxy/a/b',
      { ...core, resource: 'pods', namespace: 'd', name: 'p', subresource: 'proxy', rest: ['a', 'b'] },
    ],
    ['/api', undefined],
    ['/api/v1', undefined],
    ['/apis/apps/v1/', undefined],
    ['/version', undefined],
  ])('%s', (path, expected) => {
    expect(parseRoute(path)).toEqual(expected);
  });
  test('a malformed escape is told apart', () => {
    expect(() => parseRoute('/api/v1/pods/%zz')).toThrow(URIError);
  });
});

describe('negotiate', () => {
  const json = { format: 'json', as: 'object', metaVersion: 'meta.k8s.io/v1' };
  test.each([
    [null, json],
    ['*/*', json],
    ['application/vnd.kubernetes.protobuf,application/json', json],
    ['application/json;stream=watch', json],
    ['application/yaml', { ...json, format: 'yaml' }],
    ['application/json;q=0.1, application/yaml', { ...json, format: 'yaml' }],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', { ...json, as: 'table', metaVersion: 'meta.k8s.io/v1beta1' }],
    ['application/json;as=Unknown;v=v1;g=x, application/json', json],
  ])('%s', (accept, expected) => {
    expect(negotiate(accept)).toEqual(expected);
  });
  test('nothing we have is 406', () => {
    expect(() => negotiate('application/vnd.kubernetes.protobuf')).toThrow('only the following media types are accepted');
  });
});
