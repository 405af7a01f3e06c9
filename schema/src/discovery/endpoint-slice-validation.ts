/** What an EndpointSlice must be. */
import { getOwn } from '../dsl/own.ts';
import { between, problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, immutable, invalid, required, tooMany } from '../validation/errors.ts';
import { isIPv4, isIPv6 } from '../validation/ip.ts';
import { isDNS1123Label, isDNS1123Subdomain } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { Endpoint, EndpointSlice } from './endpoint-slice.ts';

const MAX_ENDPOINTS = 1000;
const MAX_PORTS = 20_000;
const MAX_ADDRESSES = 100;

/** The problems of one address, by address type. */
const addressProblems: Readonly<Record<string, (address: string) => string[]>> = {
  IPv4: (address) => (isIPv4(address) ? [] : ['must be a valid IPv4 address']),
  IPv6: (address) => (isIPv6(address) ? [] : ['must be a valid IPv6 address']),
  FQDN: isDNS1123Subdomain,
};

export const validateEndpointSlice = (slice: EndpointSlice, old?: EndpointSlice): FieldError[] => {
  const { endpoints = [], ports = [], addressType } = slice;
  const errors = validateObjectMeta(slice.metadata, { namespaced: true }, old?.metadata);
  if (endpoints.length > MAX_ENDPOINTS) errors.push(tooMany('endpoints', endpoints.length, MAX_ENDPOINTS));
  if (ports.length > MAX_PORTS) errors.push(tooMany('ports', ports.length, MAX_PORTS));
  errors.push(...endpoints.slice(0, MAX_ENDPOINTS).flatMap((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`)));
  const names = new Set<string>();
  for (const [i, { name = '', port }] of ports.slice(0, MAX_PORTS).entries()) {
    if (name !== '') errors.push(...problems(`ports[${i}].name`, name, isDNS1123Label(name)));
    if (names.has(name)) errors.push(duplicate(`ports[${i}].name`, name));
    names.add(name);
    errors.push(...between(`ports[${i}].port`, port, 1, 65535));
  }
  if (old && addressType !== old.addressType) errors.push(immutable('addressType', addressType));
  return errors;
};

const validateEndpoint = ({ addresses, hostname }: Endpoint, addressType: string, path: string): FieldError[] => {
  if (addresses.length === 0) return [required(`${path}.addresses`, 'must contain at least 1 address')];
  if (addresses.length > MAX_ADDRESSES) return [tooMany(`${path}.addresses`, addresses.length, MAX_ADDRESSES)];
  const errors = addresses.flatMap((address, i) =>
    (getOwn(addressProblems, addressType)?.(address) ?? []).map((problem) => invalid(`${path}.addresses[${i}]`, address, problem)),
  );
  if (hostname !== undefined) errors.push(...problems(`${path}.hostname`, hostname, isDNS1123Label(hostname)));
  return errors;
};
