/**
 * `settings.yaml` of a cluster's folder: what a person may want otherwise. It need not be there. The same file serves `up`, `dev-workers` and `deploy`. A wrong
 * one is refused with every mistake in it, before anything starts. SETTINGS.md tells what each setting does.
 */
import { parse } from 'yaml';
import type { Plan } from '#control-plane/allowance/plans.ts';
import type { AuditSettings } from '#control-plane/auth/audit-settings.ts';
import type { OidcSettings } from '#control-plane/auth/oidc-settings.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { PersonError } from '../person-error.ts';
import { isNetwork } from './cidr.ts';
import { readText } from './folder.ts';

export interface ClusterFileSettings {
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
  readonly nodePortRange?: readonly [number, number];
  /** Of a cluster that `up` makes. */
  readonly podCIDR?: string;
  readonly oidc?: OidcSettings;
  readonly audit?: AuditSettings;
  /** Of the Cloudflare account; means nothing elsewhere. */
  readonly plan?: Plan;
}

/** What is wrong with a value, as the end of a sentence that begins with its path; empty when nothing is. */
type Rule = (value: unknown, path: string) => readonly string[];

const text: Rule = (value, path) => (typeof value === 'string' && value !== '' ? [] : [`${path}: must be a text`]);
const texts: Rule = (value, path) =>
  Array.isArray(value) ? value.flatMap((item, i) => text(item, `${path}[${i}]`)) : [`${path}: must be a list of texts`];
const oneOf =
  (...known: readonly string[]): Rule =>
  (value, path) =>
    known.includes(value as string) ? [] : [`${path}: must be one of ${known.join(', ')}`];
const httpsUrl: Rule = (value, path) =>
  typeof value === 'string' && URL.canParse(value) && new URL(value).protocol === 'https:' ? [] : [`${path}: must be an https:// URL`];
const isPort = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
const ports: Rule = (value, path) =>
  Array.isArray(value) && value.length === 2 && value.every(isPort) && Number(value[0]) <= Number(value[1])
    ? []
    : [`${path}: must be two ports, the lower one first, such as [30000, 32767]`];

const podNetwork: Rule = (value, path) =>
  typeof value === 'string' && isNetwork(value, { shortest: 8, longest: 22 })
    ? []
    : [`${path}: must be an IPv4 network between /8 and /22, such as 10.64.0.0/12`];

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const textMap: Rule = (value, path) =>
  isMap(value) ? Object.entries(value).flatMap(([key, item]) => text(item, `${path}.${key}`)) : [`${path}: must map names to texts`];

const map =
  (fields: Readonly<Record<string, Rule>>, required: readonly string[] = []): Rule =>
  (value, path) => {
    if (!isMap(value)) return [`${path || 'the file'}: must have settings, one a line: name, colon, value`];
    const at = (name: string): string => (path ? `${path}.${name}` : name);
    return [
      ...required.filter((name) => value[name] === undefined).map((name) => `${at(name)}: is missing`),
      ...Object.entries(value).flatMap(
        ([name, item]) =>
          getOwn(fields, name)?.(item, at(name)) ?? [`${at(name)}: is no setting; there are ${Object.keys(fields).join(', ')}`],
      ),
    ];
  };

const oidc: Readonly<Record<keyof OidcSettings, Rule>> = {
  issuer: httpsUrl,
  clientId: text,
  usernameClaim: text,
  usernamePrefix: text,
  groupsClaim: text,
  groupsPrefix: text,
  requiredClaims: textMap,
};
const audit: Readonly<Record<keyof AuditSettings, Rule>> = {
  level: oneOf('Metadata', 'Request'),
  omitVerbs: texts,
  omitUsers: texts,
};
const settings: Readonly<Record<keyof ClusterFileSettings, Rule>> = {
  logLevel: oneOf('debug', 'info', 'warn', 'error'),
  nodePortRange: ports,
  podCIDR: podNetwork,
  oidc: map(oidc, ['issuer', 'clientId']),
  audit: map(audit, ['level']),
  plan: oneOf('free', 'paid'),
};

const groups: Readonly<Record<string, object>> = { oidc, audit };

/** `logLevel`, `oidc.issuer`: every setting that has a value of its own. */
export const settingNames: readonly string[] = Object.keys(settings).flatMap((name) =>
  name in groups ? Object.keys(groups[name]!).map((inner) => `${name}.${inner}`) : [name],
);

const MOST_MISTAKES = 5;

/** @throws PersonError that names each setting that is wrong */
export const readSettings = (path: string): ClusterFileSettings => {
  const content = readText(path);
  if (content === undefined) return {};
  let value: unknown;
  try {
    value = parse(content, { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    throw new PersonError(`${path} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const wrong = map(settings)(value, '');
  if (wrong.length === 0) return value as ClusterFileSettings;
  const more = wrong.length > MOST_MISTAKES ? `; and ${wrong.length - MOST_MISTAKES} more` : '';
  throw new PersonError(`${path}: ${wrong.slice(0, MOST_MISTAKES).join('; ')}${more}`);
};
