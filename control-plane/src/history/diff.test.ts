import { expect, it } from 'vitest';
import { diffObjects } from './diff.ts';

it('names fields, labels with dots, and list items by their name', () => {
  const from = {
    kind: 'Deployment',
    metadata: { resourceVersion: '1', managedFields: [1], labels: { 'k8s.io/app': 'web' } },
    spec: { replicas: 1, containers: [{ name: 'a', image: 'x:1' }, { name: 'b' }], args: ['1', '2'], paused: true },
  };
  const to = {
    kind: 'Deployment',
    metadata: { resourceVersion: '2', labels: { 'k8s.io/app': 'db' } },
    spec: { replicas: 2, containers: [{ name: 'c' }, { name: 'a', image: 'x:2' }], args: ['1'], strategy: { type: 'Recreate' } },
  };
  expect(diffObjects(from, to)).toEqual([
    { op: 'replace', path: 'metadata.labels[k8s.io/app]', from: 'web', to: 'db' },
    { op: 'replace', path: 'spec.replicas', from: 1, to: 2 },
    { op: 'replace', path: 'spec.containers[name=a].image', from: 'x:1', to: 'x:2' },
    { op: 'remove', path: 'spec.containers[name=b]', from: { name: 'b' } },
    { op: 'add', path: 'spec.containers[name=c]', to: { name: 'c' } },
    { op: 'remove', path: 'spec.args[1]', from: '2' },
    { op: 'remove', path: 'spec.paused', from: true },
    { op: 'add', path: 'spec.strategy', to: { type: 'Recreate' } },
  ]);
});

it('compares lists without names by position, changed shapes as a whole, and finds nothing between equals', () => {
  expect(diffObjects({ a: [{ name: 'x' }, { name: 'x' }], b: {} }, { a: [{ name: 'x' }, { name: 'y' }], b: [] })).toEqual([
    { op: 'replace', path: 'a[1].name', from: 'x', to: 'y' },
    { op: 'replace', path: 'b', from: {}, to: [] },
  ]);
  expect(diffObjects({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
  expect(diffObjects({}, JSON.parse('{"__proto__":{"x":1}}'))).toEqual([{ op: 'add', path: '__proto__', to: { x: 1 } }]);
});
