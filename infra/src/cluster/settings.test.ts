import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kedge-settings-'));
  path = join(dir, 'settings.yaml');
});
afterEach(() => rmSync(dir, { recursive: true }));

const read = (text: string) => {
  writeFileSync(path, text);
  return readSettings(path);
};

it('is nothing where there is no file, and where it holds comments only', () => {
  expect(readSettings(path)).toEqual({});
  expect(read('# logLevel: debug\n')).toEqual({});
});

it('reads every setting', () => {
  const text = `
logLevel: debug
nodePortRange: [30000, 30100]
podCIDR: 10.64.0.0/12
oidc: { issuer: https://id.example, clientId: kedge, groupsClaim: groups, requiredClaims: { hd: example.org } }
audit: { level: Request, omitVerbs: [get, list, watch], omitUsers: ['system:node:*'] }
`;
  expect(read(text)).toEqual({
    logLevel: 'debug',
    nodePortRange: [30_000, 30_100],
    podCIDR: '10.64.0.0/12',
    oidc: { issuer: 'https://id.example', clientId: 'kedge', groupsClaim: 'groups', requiredClaims: { hd: 'example.org' } },
    audit: { level: 'Request', omitVerbs: ['get', 'list', 'watch'], omitUsers: ['system:node:*'] },
  });
});

it.each([
  ['logLevel: loud', 'logLevel: must be one of debug, info, warn, error'],
  ['nodePortRange: [32767, 30000]', 'nodePortRange: must be two ports, the lower one first, such as [30000, 32767]'],
  ['podCIDR: 10.65.0.0/12', 'podCIDR: must be an IPv4 network between /8 and /22, such as 10.64.0.0/12'],
  ['podCIDR: 10.64.0.0/24', 'podCIDR: must be'],
  ['podCIDR: 10.300.0.0/16', 'podCIDR: must be'],
  ['podCIDR: 10.64.0.0', 'podCIDR: must be'],
  ['oidc: { issuer: http://id.example }', 'oidc.clientId: is missing; oidc.issuer: must be an https:// URL'],
  ['oidc: { issuer: https://x, clientId: a, requiredClaims: { hd: 1 } }', 'oidc.requiredClaims.hd: must be a text'],
  ['audit: { level: Everything }', 'audit.level: must be one of Metadata, Request'],
  ['audit: { level: Request, omitVerbs: get }', 'audit.omitVerbs: must be a list of texts'],
  ['auditing: true', 'auditing: is no setting; there are logLevel, nodePortRange, podCIDR, oidc, audit, plan'],
  ['- a list', 'the file: must have settings, one a line: name, colon, value'],
  ['a: [', 'is not YAML:'],
])('refuses %j in words', (text, message) => expect(() => read(text)).toThrow(message));

it.each(['constructor', 'toString', '__proto__'])('does not take %s for a setting', (name) =>
  expect(() => read(`${name}: 1`)).toThrow(`${name}: is no setting; there are `),
);

it('names five mistakes, and counts the rest', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  expect(() => read(names.map((name) => `${name}: 1\n`).join(''))).toThrow(/e: is no setting.*; and 2 more$/);
});
