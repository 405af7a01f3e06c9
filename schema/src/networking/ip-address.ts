/**
 * IPAddress: an address of a service range that is taken, and by whom. Its name is the address in canonical form.
 */
import { type Infer, message, str, struct } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { problems } from '../meta/checks.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { immutable, required } from '../validation/errors.ts';
import { parseIP } from '../validation/ip.ts';
import { isDNS1123Subdomain, isPathSegmentName, type NameRule } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

export const ParentReference = struct('io.k8s.api.networking.v1.ParentReference', 'Who holds the address.', {
  group: str(1, 'API group of the holder; empty for core.'),
  resource: str(2, 'Resource of the holder.'),
  namespace: str(3, 'Namespace of the holder.'),
  name: str(4, 'Name of the holder.'),
});
export type ParentReference = Infer<typeof ParentReference>;

export const IPAddressSpec = struct('io.k8s.api.networking.v1.IPAddressSpec', 'Who holds the address.', {
  parentRef: message(1, ParentReference, 'The holder; cannot change.'),
});

export const IPAddress = struct('io.k8s.api.networking.v1.IPAddress', 'An address of a service range that is taken.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, IPAddressSpec, 'The desired state.', { default: {} }),
});
export type IPAddress = ObjectOf<typeof IPAddress, 'spec'>;

const addressName: NameRule = (name) => (parseIP(name) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);

const validateParent = (parent: ParentReference | undefined): FieldError[] => {
  const at = 'spec.parentRef';
  if (!parent) return [required(at)];
  const { group = '', resource = '', namespace = '', name = '' } = parent;
  const errors = group === '' ? [] : problems(`${at}.group`, group, isDNS1123Subdomain(group));
  if (resource === '') errors.push(required(`${at}.resource`));
  if (name === '') errors.push(required(`${at}.name`));
  else errors.push(...problems(`${at}.name`, name, isPathSegmentName(name)));
  return namespace === '' ? errors : [...errors, ...problems(`${at}.namespace`, namespace, isPathSegmentName(namespace))];
};

export const ipAddresses = defineResource<IPAddress>({
  group: 'networking.k8s.io',
  resource: 'ipaddresses',
  kind: 'IPAddress',
  namespaced: false,
  shortNames: ['ip'],
  versions: soleVersion('v1', IPAddress),
  inactive: 'addresses of services are kept with the services: the object is stored and nothing acts on it',
  validate: ({ metadata, spec }, old) => [
    ...validateObjectMeta(metadata, { namespaced: false, nameRule: addressName }, old?.metadata),
    ...validateParent(spec.parentRef),
    ...(old && !equalJson(spec.parentRef, old.spec.parentRef) ? [immutable('spec.parentRef', spec.parentRef)] : []),
  ],
  columns: [
    nameColumn,
    text('ParentRef', 'Who holds the address.', ({ spec: { parentRef: p } }: IPAddress) =>
      p ? `${p.resource ?? ''}${p.group ? `.${p.group}` : ''}/${p.namespace ?? ''}/${p.name ?? ''}` : '<none>',
    ),
    ageColumn,
  ],
});
