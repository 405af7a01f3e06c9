/**
 * APIService: a group and version of the API, and who serves it. Those served here are listed with no service and are always available.
 */
import { bool, bytes, type Infer, int32, listMap, message, str, struct, time } from '../dsl/field.ts';
import { between, problems } from '../meta/checks.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { toRfc3339 } from '../meta/time.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { invalid, required } from '../validation/errors.ts';
import { isDNS1035Label, isDNS1123Subdomain, isPathSegmentName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

const NAME = 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1';
const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

export const ServiceReference = struct(`${NAME}.ServiceReference`, 'A service of the cluster.', {
  namespace: str(1, 'Namespace of the service.'),
  name: str(2, 'Name of the service.'),
  port: int32(3, 'Port of the service; 443 by default.', { pointer: true }),
});

export const APIServiceSpec = struct(`${NAME}.APIServiceSpec`, 'The group and version, and who serves it.', {
  service: message(1, ServiceReference, 'Service that serves it; absent when this API server does.'),
  group: str(2, 'API group.'),
  version: str(3, 'API version.'),
  insecureSkipTLSVerify: bool(4, 'Does not check the certificate of the service.'),
  caBundle: bytes(5, 'Certificates as PEM that the certificate of the service is checked with.'),
  groupPriorityMinimum: int32(7, 'Place of the group among others; higher comes first.', { required: true, default: 0 }),
  versionPriority: int32(8, 'Place of the version in its group; higher comes first.', { required: true, default: 0 }),
});
export type APIServiceSpec = Infer<typeof APIServiceSpec>;

export const APIServiceCondition = struct(`${NAME}.APIServiceCondition`, 'One observed aspect.', {
  type: str(1, 'Available.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastTransitionTime: time(3, 'When the status last changed.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  message: str(5, 'Text for people.'),
});

export const APIServiceStatus = struct(`${NAME}.APIServiceStatus`, 'What was observed of it.', {
  conditions: listMap(1, APIServiceCondition, ['type'], 'Latest observations, one for each type.'),
});

export const APIService = struct(`${NAME}.APIService`, 'A group and version of the API, and who serves it.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, APIServiceSpec, 'The desired state.', { default: {} }),
  status: message(3, APIServiceStatus, 'The observed state; written by the cluster.'),
});
export type APIService = ObjectOf<typeof APIService, 'spec'>;

const validateSpec = ({ metadata: { name }, spec }: APIService): FieldError[] => {
  const { group = '', version = '', service, insecureSkipTLSVerify, caBundle } = spec;
  const errors: FieldError[] = [];
  const wanted = `${version}.${group}`;
  if (name !== wanted) errors.push(invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: "${wanted}"`));
  if (group !== '') errors.push(...problems('spec.group', group, isDNS1123Subdomain(group)));
  errors.push(...problems('spec.version', version, isDNS1035Label(version)));
  errors.push(...between('spec.groupPriorityMinimum', spec.groupPriorityMinimum || -1, 1, MAX_GROUP_PRIORITY));
  errors.push(...between('spec.versionPriority', spec.versionPriority || -1, 1, MAX_VERSION_PRIORITY));
  if (!service) {
    if (caBundle) errors.push(invalid('spec.caBundle', '<removed>', 'local APIServices may not have a caBundle'));
    if (insecureSkipTLSVerify)
      errors.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    return errors;
  }
  if (!service.namespace) errors.push(required('spec.service.namespace'));
  if (!service.name) errors.push(required('spec.service.name'));
  if (insecureSkipTLSVerify && caBundle) {
    errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  }
  return errors;
};

/** Of what is served by the API server itself. */
export const localAvailable = { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' };

const availability = ({ status }: APIService): string => {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
};

export const apiServices = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  resource: 'apiservices',
  kind: 'APIService',
  namespaced: false,
  updatesNeedVersion: true,
  categories: ['api-extensions'],
  versions: soleVersion('v1', APIService),
  hasStatus: true,
  generation: false,
  defaults: ({ spec }) => {
    if (spec.service) spec.service.port ??= 443;
  },
  validate: (service, old) => [
    ...validateObjectMeta(service.metadata, { namespaced: false, nameRule: isPathSegmentName }, old?.metadata),
    ...validateSpec(service),
  ],
  prepareCreate: (service, { nowMs }) => {
    service.status = service.spec.service ? {} : { conditions: [{ ...localAvailable, lastTransitionTime: toRfc3339(nowMs) }] };
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('Service', 'Service that serves it.', ({ spec: { service } }: APIService) =>
      service ? `${service.namespace ?? ''}/${service.name ?? ''}` : 'Local',
    ),
    text('Available', 'Whether it answers.', availability),
    ageColumn,
  ],
});
