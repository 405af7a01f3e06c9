/**
 * CustomResourceDefinition: a kind that a client adds to the API. Its custom resources run through the same engine as the built-in ones.
 */
import { bool, bytes, type Infer, int32, int64, list, listMap, message, str, struct, time } from '../dsl/field.ts';
import { createdAtColumn, nameColumn } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateCustomResourceDefinition } from './custom-resource-definition-validation.ts';
import { JSONSchemaProps } from './json-schema-props.ts';

const NAME = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

export const CustomResourceDefinitionNames = struct(`${NAME}.CustomResourceDefinitionNames`, 'Names of the kind.', {
  plural: str(1, 'Plural, as in paths.', { required: true, default: '' }),
  singular: str(2, 'Singular; the kind in lower case by default.'),
  shortNames: list(3, 'string', 'Short names.'),
  kind: str(4, 'The kind, in CamelCase.', { required: true, default: '' }),
  listKind: str(5, 'Kind of lists; the kind followed by List by default.'),
  categories: list(6, 'string', 'Groups of kinds it belongs to, such as all.'),
});
export type CustomResourceDefinitionNames = Infer<typeof CustomResourceDefinitionNames>;

export const CustomResourceValidation = struct(`${NAME}.CustomResourceValidation`, 'The schema of a version.', {
  openAPIV3Schema: message(1, JSONSchemaProps, 'The schema.'),
});

export const CustomResourceSubresourceStatus = struct(
  `${NAME}.CustomResourceSubresourceStatus`,
  'Gives the kind a status subresource.',
  {},
);

export const CustomResourceSubresourceScale = struct(`${NAME}.CustomResourceSubresourceScale`, 'Gives the kind a scale subresource.', {
  specReplicasPath: str(1, 'JSON path of the wanted count, under .spec.', { required: true, default: '' }),
  statusReplicasPath: str(2, 'JSON path of the observed count, under .status.', { required: true, default: '' }),
  labelSelectorPath: str(3, 'JSON path of the label selector as text, under .spec or .status.', { pointer: true }),
});

export const CustomResourceSubresources = struct(`${NAME}.CustomResourceSubresources`, 'Subresources of the kind.', {
  status: message(1, CustomResourceSubresourceStatus, 'Its status.'),
  scale: message(2, CustomResourceSubresourceScale, 'Its scale.'),
});

export const CustomResourceColumnDefinition = struct(`${NAME}.CustomResourceColumnDefinition`, 'A column of kubectl get.', {
  name: str(1, 'Name of the column.', { required: true, default: '' }),
  type: str(2, 'boolean, date, integer, number or string.', { required: true, default: '' }),
  format: str(3, 'Form of the value.'),
  description: str(4, 'What it shows.'),
  priority: int32(5, 'Columns above 0 are shown with -o wide only.'),
  jsonPath: str(6, 'JSON path of the value.', { required: true, default: '' }),
});
export type CustomResourceColumnDefinition = Infer<typeof CustomResourceColumnDefinition>;

export const SelectableField = struct(`${NAME}.SelectableField`, 'A field that field selectors may name.', {
  jsonPath: str(1, 'JSON path of the field.', { required: true, default: '' }),
});

export const CustomResourceDefinitionVersion = struct(`${NAME}.CustomResourceDefinitionVersion`, 'One version of the kind.', {
  name: str(1, 'Name of the version, such as v1.', { required: true, default: '' }),
  served: bool(2, 'Whether it is served.', { required: true, default: false }),
  storage: bool(3, 'Whether objects are stored in it; exactly one version is.', { required: true, default: false }),
  deprecated: bool(7, 'Requests get a warning.'),
  deprecationWarning: str(8, 'Text of the warning.', { pointer: true }),
  schema: message(4, CustomResourceValidation, 'Its schema.'),
  subresources: message(5, CustomResourceSubresources, 'Its subresources.'),
  additionalPrinterColumns: list(6, CustomResourceColumnDefinition, 'Columns of kubectl get; the age by default.'),
  selectableFields: list(9, SelectableField, 'Fields that field selectors may name.'),
});
export type CustomResourceDefinitionVersion = Infer<typeof CustomResourceDefinitionVersion>;

export const ServiceReference = struct(`${NAME}.ServiceReference`, 'A service of the cluster.', {
  namespace: str(1, 'Namespace of the service.', { required: true, default: '' }),
  name: str(2, 'Name of the service.', { required: true, default: '' }),
  path: str(3, 'URL path of requests.', { pointer: true }),
  port: int32(4, 'Port of the service; 443 by default.', { pointer: true }),
});

export const WebhookClientConfig = struct(`${NAME}.WebhookClientConfig`, 'Where a webhook is: at a URL, or a service.', {
  url: str(3, 'HTTPS URL; excludes service.', { pointer: true }),
  service: message(1, ServiceReference, 'A service of the cluster; excludes url.'),
  caBundle: bytes(2, 'Certificates as PEM that its certificate is checked with.'),
});

export const WebhookConversion = struct(`${NAME}.WebhookConversion`, 'A webhook that converts between versions.', {
  clientConfig: message(2, WebhookClientConfig, 'Where it is.'),
  conversionReviewVersions: list(3, 'string', 'Versions of ConversionReview it knows, best first.', { required: true, default: [] }),
});

export const CustomResourceConversion = struct(`${NAME}.CustomResourceConversion`, 'How versions are converted.', {
  strategy: str(1, 'None changes the apiVersion alone; Webhook asks a webhook.', { required: true, default: '' }),
  webhook: message(2, WebhookConversion, 'The webhook.'),
});
export type CustomResourceConversion = Infer<typeof CustomResourceConversion>;

export const CustomResourceDefinitionSpec = struct(`${NAME}.CustomResourceDefinitionSpec`, 'The kind.', {
  group: str(1, 'Its API group.', { required: true, default: '' }),
  names: message(3, CustomResourceDefinitionNames, 'Its names.', { required: true, default: {} }),
  scope: str(4, 'Cluster or Namespaced.', { required: true, default: '' }),
  versions: list(7, CustomResourceDefinitionVersion, 'Its versions.', { required: true, default: [] }),
  conversion: message(9, CustomResourceConversion, 'How versions are converted.'),
  preserveUnknownFields: bool(10, 'Must be false.'),
});
export type CustomResourceDefinitionSpec = Infer<typeof CustomResourceDefinitionSpec>;

export const CustomResourceDefinitionCondition = struct(`${NAME}.CustomResourceDefinitionCondition`, 'One observed aspect.', {
  type: str(1, 'Established, NamesAccepted, Terminating and others.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastTransitionTime: time(3, 'When the status last changed.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  message: str(5, 'Text for people.'),
  observedGeneration: int64(6, 'Generation of the object that was seen.'),
});
export type CustomResourceDefinitionCondition = Infer<typeof CustomResourceDefinitionCondition>;

export const CustomResourceDefinitionStatus = struct(`${NAME}.CustomResourceDefinitionStatus`, 'What was observed of the definition.', {
  conditions: listMap(1, CustomResourceDefinitionCondition, ['type'], 'Latest observations, one for each type.', { smp: false }),
  acceptedNames: message(2, CustomResourceDefinitionNames, 'Names it is served under.'),
  storedVersions: list(3, 'string', 'Versions that objects were ever stored in.'),
  observedGeneration: int64(4, 'Generation of the object that was seen.'),
});
export type CustomResourceDefinitionStatus = Infer<typeof CustomResourceDefinitionStatus>;

export const CustomResourceDefinition = struct(`${NAME}.CustomResourceDefinition`, 'A kind that a client adds to the API.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, CustomResourceDefinitionSpec, 'The desired state.', { required: true }),
  status: message(3, CustomResourceDefinitionStatus, 'The observed state; written by the cluster.'),
});
export type CustomResourceDefinition = ObjectOf<typeof CustomResourceDefinition, 'spec'>;

/** Once a version was the stored one, objects may be in it. */
const noteStoredVersion = ({ spec, status }: CustomResourceDefinition): void => {
  const stored = spec.versions.find((version) => version.storage)?.name;
  if (stored === undefined || !status || status.storedVersions?.includes(stored)) return;
  status.storedVersions = [...(status.storedVersions ?? []), stored];
};

export const customResourceDefinitions = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
  updatesNeedVersion: true,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  versions: soleVersion('v1', CustomResourceDefinition),
  hasStatus: true,
  defaults: ({ spec }) => {
    if (!spec) return;
    const { names } = spec;
    if (names?.kind) {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  validate: validateCustomResourceDefinition,
  prepareCreate: (definition) => {
    definition.status = {};
    if (definition.spec?.versions) noteStoredVersion(definition);
  },
  prepareUpdate: (definition, old) => {
    keepStatus(definition, structuredCopy(old));
    if (definition.spec?.versions) noteStoredVersion(definition);
  },
  columns: [nameColumn, createdAtColumn],
});

function structuredCopy({ status }: CustomResourceDefinition): { status?: CustomResourceDefinitionStatus } {
  return status ? { status: { ...status } } : {};
}
