/** Ways to spoil a valid request: its values, its text, its bytes, its query, its path and its headers. */
import { inherited, paths, replaced, words } from '#control-plane/apiserver/testing-mutations.ts';
import type { Chance } from './chance.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Any JSON value: small ones mostly, now and then one that is too long or too deep. */
export const anyValue = (chance: Chance, depth = 0): unknown => {
  switch (chance.below(depth > 2 ? 6 : 10)) {
    case 0:
      return null;
    case 1:
      return chance.hit(0.5);
    case 2:
      return chance.of([0, -1, 1, 0.5, 65_536, 2 ** 31, -(2 ** 53), 1e300]);
    case 3:
    case 4:
      return chance.of(words);
    case 5:
      return chance.of(['é', '\ud800', '𐀀', '../..', '$(x)', "';--", '\r\n', '(((a+)+)+)+$']).repeat(chance.hit(0.02) ? 10_000 : 1);
    case 6:
    case 7:
      return Array.from({ length: chance.below(4) }, () => anyValue(chance, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: chance.below(4) }, () => [
          chance.of(['name', 'spec', 'x', 'key', '$patch', 'f:x', '', ...inherited]),
          anyValue(chance, depth + 1),
        ]),
      );
  }
};

/** One to three members of `value` become something else, or go. */
export const anyMember = (chance: Chance, value: unknown): unknown => {
  let spoiled = value;
  for (let left = 1 + chance.below(3); left > 0; left--)
    spoiled = replaced(spoiled, chance.of(paths(spoiled)), chance.hit(0.15) ? undefined : anyValue(chance));
  return spoiled;
};

/** Text that is no longer what it was: cut, doubled, with strange characters, too deep. */
export const anyText = (chance: Chance, text: string): string => {
  const at = chance.below(text.length + 1);
  switch (chance.below(7)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return `${text.slice(0, at)}${chance.of(['"', '{', ']', ',', '\u0000', '\t', '&a *a', '!!js ', '\ufeff', '---\n', '%YAML 9\n', '1e999'])}${text.slice(at)}`;
    case 3:
      return text + text;
    case 4:
      return text.replace(/"(\w+)":/, '"$1":1,"$1":');
    case 5:
      return nested(chance.of([5, 600, 20_000]));
    default:
      return `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*a, *${i === 0 ? 'a' : `b${i - 1}`}, *a]`).join('\n')}`;
  }
};

/** Some bytes are others, or gone, or more. */
export const anyBytes = (chance: Chance, bytes: Uint8Array): Uint8Array => {
  const out = [...bytes];
  for (let left = 1 + chance.below(8); left > 0; left--) {
    const at = chance.below(out.length + 1);
    const how = chance.below(4);
    if (how === 0) out.splice(at, 1 + chance.below(8));
    else if (how === 1) out.splice(at, 0, chance.below(256), 0xff, 0xff, 0xff, 0xff, 0x0f);
    else if (how === 2 && at < out.length) out[at] = chance.below(256);
    else if (at < out.length) out[at] = out[at]! ^ (1 << chance.below(8));
  }
  return Uint8Array.from(out);
};

const parameters: readonly string[] = [
  ...['dryRun', 'fieldManager', 'fieldValidation', 'force', 'pretty', 'limit', 'continue', 'resourceVersion', 'resourceVersionMatch'],
  ...['labelSelector', 'fieldSelector', 'timeoutSeconds', 'sendInitialEvents', 'allowWatchBookmarks', 'gracePeriodSeconds'],
  ...['propagationPolicy', 'orphanDependents', 'includeObject', 'watch', 'timeout', 'as', 'x'],
];
const parameterValues: readonly string[] = [
  ...[
    '',
    '0',
    '-1',
    '1',
    '99999999999999999999',
    'true',
    'TRUE',
    'All',
    'Strict',
    'x'.repeat(200),
    'a=b',
    'a in (b',
    '!a,b!=c',
    'a,,b',
    'metadata.name=x',
    ...inherited,
    ...inherited.map((name) => `${name}!=x`),
  ],
  ...[
    'spec.nodeName!=',
    'no.such.field=1',
    'NotOlderThan',
    'Exact',
    'eyJ2IjoxfQ',
    '%00',
    '\u0000',
    'é',
    '../',
    'Orphan',
    'Foreground',
    'None',
    '\\',
    "'",
  ],
];

export const anyQuery = (chance: Chance, query: Record<string, string>): Record<string, string> => {
  const spoiled = { ...query };
  for (let left = 1 + chance.below(3); left > 0; left--) spoiled[chance.of(parameters)] = chance.of(parameterValues);
  return spoiled;
};

/** Escaped so that HTTP carries it. */
export const anyPath = (chance: Chance, path: string): string => {
  const parts = path.split('/');
  const at = 1 + chance.below(parts.length - 1);
  const strange = chance.of([
    '',
    '.',
    '..',
    '%2e%2e',
    '%2F',
    '%00',
    '%ff',
    '%',
    'A_B',
    'x'.repeat(300),
    '%F0%90%80%80',
    '*',
    'status',
    'nope',
    ...inherited,
    'v9',
    '-',
    '%0d%0a',
  ]);
  parts.splice(at, chance.below(2), strange);
  return parts.join('/');
};

const headerValues: Readonly<Record<string, readonly string[]>> = {
  accept: [
    '',
    'text/html',
    'application/json;as=Table;v=v9;g=meta.k8s.io',
    'application/json;as=Nope;g=x;v=v1',
    '*/*;q=x',
    ';;;',
    'application/yaml',
    ...inherited,
    ...inherited.map((name) => `application/json;as=${name};g=meta.k8s.io;v=v1`),
    `a/${'b'.repeat(3000)}`,
  ],
  'content-type': [
    '',
    'text/plain',
    'application/json; charset=latin1',
    'application/merge-patch+json',
    'application/apply-patch+yaml',
    'application/vnd.kubernetes.protobuf',
    'application/cbor',
    ';',
    'multipart/form-data',
    ...inherited,
  ],
  authorization: ['', 'Bearer', 'Bearer x', 'Bearer a.b.c', 'Bearer kdg1.x.y.z', 'Basic eA==', `Bearer ${'x'.repeat(5000)}`],
  'impersonate-user': ['', 'someone', 'system:node:x', 'system:serviceaccount:a:b'],
  'impersonate-group': ['system:masters', ''],
  'user-agent': ['', '/', 'x'.repeat(2000), 'a\u00e9'],
  'if-none-match': ['"x"', '*'],
  'accept-encoding': ['gzip', 'br, gzip;q=0', 'x'],
};

export const anyHeaders = (chance: Chance, headers: Record<string, string>): Record<string, string> => {
  const name = chance.of(Object.keys(headerValues));
  return { ...headers, [name]: chance.of(headerValues[name]!) };
};
