import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type ConfigMap, configMaps } from './config-map.ts';
import { type Secret, secrets } from './secret.ts';

const metadata = { name: 'settings', namespace: 'default' };
const configMap = (fields: object, old?: ConfigMap) => accept<ConfigMap>(configMaps, { metadata, ...fields }, old);
const secret = (fields: object, old?: Secret) => accept<Secret>(secrets, { metadata, ...fields }, old);

describe('config maps', () => {
  it('count their entries', () => {
    const { object, errors } = configMap({ data: { a: '1' }, binaryData: { b: 'AA==' } });
    expect(errors).toEqual([]);
    expect(row(configMaps, object, 0)).toMatchObject({ Name: 'settings', Data: 2 });
  });

  it('have good keys, each once', () => {
    expect(configMap({ data: { 'a/b': '1' } }).errors[0]).toMatch(
      /^data\[a\/b\]: Invalid value: "a\/b": a valid config key must consist of/,
    );
    expect(configMap({ data: { a: '1' }, binaryData: { a: 'AA==' } }).errors).toEqual([
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ]);
  });

  it('hold at most 1 MiB', () => {
    expect(configMap({ data: { a: 'x'.repeat(1024 * 1024) } }).errors).toEqual([]);
    expect(configMap({ data: { a: 'x'.repeat(1024 * 1024 + 1) } }).errors).toEqual(['[]: Too long: may not be more than 1048576 bytes']);
  });

  it('stay as they are once immutable', () => {
    const old = configMap({ immutable: true, data: { a: '1' } }).object;
    expect(configMap({ immutable: true, data: { a: '1' } }, old).errors).toEqual([]);
    expect(configMap({ data: { a: '2' } }, old).errors).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  });
});

describe('secrets', () => {
  it('fold stringData into data', () => {
    const { object, errors } = secret({ data: { a: 'eA==', b: 'eQ==' }, stringData: { b: 'ä' } });
    expect(errors).toEqual([]);
    expect(object).toEqual({ metadata, type: 'Opaque', data: { a: 'eA==', b: 'w6Q=' } });
    expect(row(secrets, object, 0)).toMatchObject({ Type: 'Opaque', Data: 2 });
  });

  it.each<[string, object, string[]]>([
    ['kubernetes.io/tls', { 'tls.crt': 'eA==' }, ['data[tls.key]: Required value']],
    ['kubernetes.io/basic-auth', {}, ['data[username]: Required value', 'data[password]: Required value']],
    ['kubernetes.io/ssh-auth', {}, ['data[ssh-privatekey]: Required value']],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': 'e30=' }, []],
    ['kubernetes.io/dockerconfigjson', {}, ['data[.dockerconfigjson]: Required value']],
    ['helm.sh/release.v1', {}, []],
  ])('of type %s with %j', (type, data, expected) => {
    expect(secret({ type, data }).errors).toEqual(expected);
  });

  it('never repeat what they hold', () => {
    const { errors } = secret({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': btoa('hunter2') } });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('<secret contents redacted>');
    expect(errors[0]).not.toContain('hunter2');
  });

  it('keep their type', () => {
    const old = secret({}).object;
    expect(secret({ type: 'example.com/x' }, old).errors).toEqual(['type: Invalid value: "example.com/x": field is immutable']);
  });

  it('are stored sealed', () => {
    expect(secrets.sealed).toBe(true);
  });
});
