import { describe, expect, it } from 'vitest';
import { Deployment } from '../apps/deployment.ts';
import { ConfigMap } from '../core/config-map.ts';
import { Fixture, fields } from './fixture.ts';
import { typeSchemaOf } from './struct-schema.ts';

const deployment = (spec: Record<string, unknown>, metadata: Record<string, unknown> = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec,
});
const containers = (...list: object[]) => ({ template: { spec: { containers: list } } });
const app = 'k:{"name":"app"}';
const inPod = 'spec/template/spec/containers';

const web = () => new Fixture(typeSchemaOf(Deployment));
const config = () => new Fixture(typeSchemaOf(ConfigMap));
const data = (entries: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: entries });

describe('ownership', () => {
  it('is what a configuration states; identity belongs to nobody', () => {
    const f = web().apply('a', deployment(containers({ name: 'app', image: 'nginx' }), { labels: { x: '1' } }));
    expect(f.ownedBy('a')).toEqual({
      'f:metadata': { 'f:labels': { 'f:x': {} } },
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { [app]: { '.': {}, 'f:name': {}, 'f:image': {} } } } } },
    });
  });

  it('of an update is what it changed, with the maps and items it added', () => {
    const object = deployment({ replicas: 1, strategy: { rollingUpdate: { maxSurge: 1 } }, ...containers({ name: 'app', image: 'a' }) });
    const f = web().update('u', { ...object, metadata: { ...object.metadata, labels: { x: '1' } } });
    expect(f.ownedBy('u')).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} } },
        'f:template': { 'f:spec': { 'f:containers': { [app]: { '.': {}, 'f:name': {}, 'f:image': {} } } } },
      },
    });
  });

  it('goes over to who changes a field, and ends with the field', () => {
    const f = web().apply('a', deployment({ replicas: 1, paused: true, minReadySeconds: 3 }));
    f.update('u', deployment({ replicas: 2, minReadySeconds: 3 }));
    expect(f.ownedBy('a')).toEqual(fields('spec/minReadySeconds'));
    expect(f.ownedBy('u')).toEqual(fields('spec/replicas'));
  });

  it('is shared by two appliers of one value, and kept by the other when one lets go', () => {
    const f = config()
      .apply('a', data({ x: '1', y: '1' }))
      .apply('b', data({ x: '1' }));
    f.apply('a', data({ y: '1' }));
    expect(f.live.data).toEqual({ x: '1', y: '1' });
    f.apply('b', data({}));
    expect(f.live.data).toEqual({ y: '1' });
    expect(f.ownedBy('b')).toEqual(fields('data'));
  });
});

describe('conflicts', () => {
  it('name manager, version and field', () => {
    const f = web().update('kubectl-edit', deployment({ replicas: 3 }), { apiVersion: 'apps/v1' });
    expect(() => f.apply('helm', deployment({ replicas: 2 }))).toThrow(
      'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas',
    );
    f.apply('helm', deployment({ replicas: 2 }), { force: true });
    expect(f.ownedBy('kubectl-edit')).toBeUndefined();
    expect(f.live).toMatchObject({ spec: { replicas: 2 } });
  });

  it('of several fields are listed by manager', () => {
    const f = web().apply('a', deployment({ replicas: 1, paused: true, ...containers({ name: 'app', image: 'x' }) }));
    expect(() => f.apply('b', deployment({ replicas: 2, paused: false, ...containers({ name: 'app', image: 'y' }) }))).toThrow(
      [
        'Apply failed with 3 conflicts: conflicts with "a":',
        '- .spec.paused',
        '- .spec.replicas',
        '- .spec.template.spec.containers[name="app"].image',
      ].join('\n'),
    );
  });

  it('do not come from the same value', () => {
    const f = web()
      .apply('a', deployment({ replicas: 1 }))
      .apply('b', deployment({ replicas: 1 }));
    expect(f.ownedBy('a')).toEqual(f.ownedBy('b'));
  });
});

describe('removal', () => {
  it('takes what the manager dropped, not what others own or added', () => {
    const f = web().apply('a', deployment(containers({ name: 'app', image: 'x' }, { name: 'side', image: 'y' })));
    f.update('u', deployment(containers({ name: 'app', image: 'x', workingDir: '/' }, { name: 'side', image: 'y' })));
    f.apply('a', deployment(containers({ name: 'app', image: 'x' })));
    expect(f.live.spec).toEqual(containers({ name: 'app', image: 'x', workingDir: '/' }));
    expect(f.ownedBy('u')).toEqual(fields(`${inPod}/${app}/workingDir`));
  });

  it('keeps an item another applier lists, without the fields the first one dropped', () => {
    const f = web().apply('a', deployment(containers({ name: 'app', image: 'x', workingDir: '/' }), {}));
    f.apply('b', deployment(containers({ name: 'app', image: 'x' })));
    f.apply('a', deployment({}));
    expect(f.live.spec).toEqual(containers({ name: 'app', image: 'x' }));
  });

  it('does not touch a field that an update of somebody else owns', () => {
    const f = web().apply('a', deployment({ replicas: 1, paused: true }));
    f.update('hpa', deployment({ replicas: 5, paused: true }));
    f.apply('a', deployment({ paused: true }));
    expect(f.live.spec).toEqual({ replicas: 5, paused: true });
  });
});

describe('lists', () => {
  const ports = (...list: object[]) => deployment(containers({ name: 'app', ports: list }));

  it('take defaulted keys for stated ones', () => {
    const f = web().update('u', ports({ containerPort: 80, protocol: 'TCP', name: 'http' }));
    f.apply('a', ports({ containerPort: 80, hostPort: 8080 }));
    expect(f.live).toMatchObject(ports({ containerPort: 80, protocol: 'TCP', name: 'http', hostPort: 8080 }));
    expect(f.ownedBy('a')).toMatchObject(fields(`${inPod}/${app}/ports/k:{"containerPort":80,"protocol":"TCP"}/hostPort`));
  });

  it('keep items of others in their place, and the order of the configuration', () => {
    const f = web().update('u', deployment(containers({ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' })));
    f.apply('x', deployment(containers({ name: 'c' }, { name: 'n' }, { name: 'a' })));
    expect((f.live as any).spec.template.spec.containers.map((c: any) => c.name)).toEqual(['b', 'c', 'd', 'n', 'a']);
  });

  it('that are sets merge by value; atomic ones go as a whole', () => {
    const meta = (finalizers: string[]) => ({ metadata: { name: 'c', finalizers } });
    const f = config()
      .apply('a', meta(['x', 'y']))
      .apply('b', meta(['z']));
    f.apply('a', meta(['y']));
    expect(f.live.metadata).toMatchObject({ finalizers: ['y', 'z'] });
    expect(f.ownedBy('b')).toEqual(fields('metadata/finalizers/v:"z"'));
    const g = web().apply('a', deployment(containers({ name: 'app', args: ['1'] })));
    expect(() => g.apply('b', deployment(containers({ name: 'app', args: ['2'] })))).toThrow('.args');
  });
});

it('keeps times where nothing changed, and orders applies before updates', () => {
  const f = web()
    .update('u', deployment({ replicas: 1 }))
    .apply('b', deployment({ paused: true }))
    .apply('a', deployment({ minReadySeconds: 1 }));
  expect(f.entries.map((e) => [e.manager, e.operation])).toEqual([
    ['b', 'Apply'],
    ['a', 'Apply'],
    ['u', 'Update'],
  ]);
  const before = f.entries;
  f.apply('b', deployment({ paused: true })).update('x', f.live);
  expect(f.entries).toEqual(before);
});

it('merges the oldest updates above ten', () => {
  const f = config();
  for (let i = 0; i < 14; i++) f.update(`u${i}`, data({ ...(f.live.data as object), [`k${i}`]: '1' }));
  expect(f.entries.map((e) => e.manager)).toEqual(['ancient-changes', ...Array.from({ length: 9 }, (_, i) => `u${i + 5}`)]);
  expect(Object.keys((f.ownedBy('ancient-changes') as any)['f:data'])).toEqual(['.', 'f:k0', 'f:k1', 'f:k2', 'f:k3', 'f:k4']);
});
