/** What an ingress must be. Paths and wording are upstream's. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { invalid, notSupported, required } from '../validation/errors.ts';
import { parseIP } from '../validation/ip.ts';
import {
  isDNS1035Label,
  isDNS1123Subdomain,
  isPathSegmentName,
  isValidPortName,
  isValidPortNum,
  regexError,
  subdomainName,
} from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressSpec } from './ingress.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const WILDCARD_ERROR = regexError(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*',
  '*.example.com',
);

export const validateIngress = (ingress: Ingress, old?: Ingress): FieldError[] => {
  const { metadata, spec } = ingress;
  const errors = validateObjectMeta(metadata, { namespaced: true }, old?.metadata);
  const annotated = metadata.annotations?.[CLASS_ANNOTATION];
  if (!old && annotated !== undefined && spec.ingressClassName !== undefined && annotated !== spec.ingressClassName) {
    errors.push(invalid(`metadata.annotations.${CLASS_ANNOTATION}`, annotated, 'must match `ingressClassName` when both are specified'));
  }
  return [...errors, ...validateSpec(spec)];
};

const validateSpec = ({ rules = [], defaultBackend, tls = [], ingressClassName }: IngressSpec): FieldError[] => {
  const errors: FieldError[] = [];
  if (rules.length === 0 && !defaultBackend) {
    errors.push(invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (defaultBackend) errors.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  errors.push(...rules.flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`)));
  for (const [i, { hosts = [], secretName }] of tls.entries()) {
    for (const [k, host] of hosts.entries()) errors.push(...validateHost(`spec.tls[${i}].hosts[${k}]`, host));
    if (secretName) errors.push(...problems(`spec.tls[${i}].secretName`, secretName, subdomainName(secretName)));
  }
  if (ingressClassName !== undefined) {
    errors.push(...problems('spec.ingressClassName', ingressClassName, subdomainName(ingressClassName)));
  }
  return errors;
};

const validateHost = (at: string, host: string): FieldError[] => {
  if (!host.includes('*')) return problems(at, host, isDNS1123Subdomain(host));
  return host.startsWith('*.') && isDNS1123Subdomain(host.slice(2)).length === 0 ? [] : [invalid(at, host, WILDCARD_ERROR)];
};

const validateRule = ({ host = '', http }: IngressRule, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (host !== '') {
    if (parseIP(host)) errors.push(invalid(`${at}.host`, host, 'must be a DNS name, not an IP address'));
    errors.push(...validateHost(`${at}.host`, host));
  }
  if (!http) return errors;
  if (http.paths.length === 0) errors.push(required(`${at}.http.paths`));
  return [...errors, ...http.paths.flatMap((path, i) => validatePath(path, `${at}.http.paths[${i}]`))];
};

const validatePath = ({ path = '', pathType, backend }: HTTPIngressPath, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (pathType === '') errors.push(required(`${at}.pathType`, 'pathType must be specified'));
  else if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) errors.push(invalid(`${at}.path`, path, 'must be an absolute path'));
    for (const part of ['//', '/./', '/../', '%2f', '%2F']) {
      if (path.includes(part)) errors.push(invalid(`${at}.path`, path, `must not contain '${part}'`));
    }
    for (const end of ['/..', '/.']) if (path.endsWith(end)) errors.push(invalid(`${at}.path`, path, `cannot end with '${end}'`));
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) errors.push(invalid(`${at}.path`, path, 'must be an absolute path'));
  } else errors.push(notSupported(`${at}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']));
  return [...errors, ...validateBackend(backend, `${at}.backend`)];
};

const validateBackend = ({ service, resource }: IngressBackend, at: string): FieldError[] => {
  if (service && resource) return [invalid(at, '', 'cannot set both resource and service backends')];
  if (resource) return validateReference(resource, `${at}.resource`);
  if (!service) return [invalid(at, '', 'resource or service backend is required')];
  const { name, port: { name: portName = '', number = 0 } = {} } = service;
  const errors = name === '' ? [required(`${at}.service.name`)] : problems(`${at}.service.name`, name, isDNS1035Label(name));
  if (portName !== '' && number !== 0) errors.push(invalid(at, '', 'cannot set both port name & port number'));
  else if (portName !== '') errors.push(...problems(`${at}.service.port.name`, portName, isValidPortName(portName)));
  else if (number !== 0) errors.push(...problems(`${at}.service.port.number`, number, isValidPortNum(number)));
  else errors.push(required(at, 'port name or number is required'));
  return errors;
};

interface TypedReference {
  readonly apiGroup?: string | undefined;
  readonly kind: string;
  readonly name: string;
}

/** A reference to an object of any kind, with an optional group. */
export const validateReference = ({ apiGroup, kind, name }: TypedReference, at: string): FieldError[] => {
  const errors = apiGroup === undefined ? [] : problems(`${at}.apiGroup`, apiGroup, isDNS1123Subdomain(apiGroup));
  if (kind === '') errors.push(required(`${at}.kind`, 'kind is required'));
  else errors.push(...problems(`${at}.kind`, kind, isPathSegmentName(kind)));
  if (name === '') errors.push(required(`${at}.name`, 'name is required'));
  else errors.push(...problems(`${at}.name`, name, isPathSegmentName(name)));
  return errors;
};
