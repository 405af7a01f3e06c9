/** What a CustomResourceDefinition must be. Paths and wording are upstream's. */

import { validateClientConfig } from '../admissionregistration/webhook-validation.ts';
import { decode } from '../dsl/decode.ts';
import { equalJson, isObject } from '../dsl/own.ts';
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { immutable, invalid, notSupported, required } from '../validation/errors.ts';
import { isDNS1035Label, isDNS1123Subdomain } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { approvalAnnotation, approvalOf } from './api-approval.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from './custom-resource-definition.ts';
import { validateDefaultsByRules, validateDefaultValues } from './default-values.ts';
import { JSONSchemaProps } from './json-schema-props.ts';
import { validateStructuralSchema } from './structural-schema.ts';
import { validateValidationRules } from './validation-rules.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const scopes = ['Cluster', 'Namespaced'];
const strategies = ['None', 'Webhook'];

export const validateCustomResourceDefinition = (
  { metadata, spec }: CustomResourceDefinition,
  old?: CustomResourceDefinition,
): FieldError[] => {
  const errors = validateObjectMeta(metadata, { namespaced: false, anyFinalizers: true }, old?.metadata);
  if (metadata.name !== `${spec.names.plural}.${spec.group}`) {
    errors.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  errors.push(...validateSpec(spec, old?.spec.versions), ...validateApproval({ metadata, spec }, old));
  return old ? [...errors, ...validateUpdate(spec, old)] : errors;
};

const approvalPath = `metadata.annotations[${approvalAnnotation}]`;

/** What was not approved before may stay so. */
const validateApproval = (crd: Pick<CustomResourceDefinition, 'metadata' | 'spec'>, old?: CustomResourceDefinition): FieldError[] => {
  const now = approvalOf(crd);
  if (!now || (old && approvalOf(old)?.state === now.state)) return [];
  if (now.state === 'missing') return [required(approvalPath, now.reason)];
  return now.state === 'invalid' ? [invalid(approvalPath, crd.metadata.annotations![approvalAnnotation], now.reason)] : [];
};

const validateUpdate = (spec: CustomResourceDefinitionSpec, old: CustomResourceDefinition): FieldError[] => {
  const errors: FieldError[] = [];
  if (spec.group !== old.spec.group) errors.push(immutable('spec.group', spec.group));
  if (spec.names.plural !== old.spec.names.plural) errors.push(immutable('spec.names.plural', spec.names.plural));
  const established = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  if (established) {
    if (spec.scope !== old.spec.scope) errors.push(immutable('spec.scope', spec.scope));
    if (spec.names.kind !== old.spec.names.kind) errors.push(immutable('spec.names.kind', spec.names.kind));
  }
  const names = spec.versions.map(({ name }) => name);
  for (const [i, stored] of (old.status?.storedVersions ?? []).entries()) {
    if (!names.includes(stored)) {
      errors.push(
        invalid(
          `status.storedVersions[${i}]`,
          stored,
          'missing from spec.versions; ' +
            `${stored} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${stored} and removes ${stored} from status.storedVersions`,
        ),
      );
    }
  }
  return errors;
};

const validateSpec = (spec: CustomResourceDefinitionSpec, old: readonly CustomResourceDefinitionVersion[] = []): FieldError[] => {
  const { group, scope, versions, conversion } = spec;
  const errors: FieldError[] = [];
  if (group === '') errors.push(required('spec.group'));
  else {
    errors.push(...problems('spec.group', group, isDNS1123Subdomain(group)));
    if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  }
  errors.push(...validateNames(spec.names));
  if (scope === '') errors.push(required('spec.scope'));
  else if (!scopes.includes(scope)) errors.push(notSupported('spec.scope', scope, scopes));
  if (spec.preserveUnknownFields) {
    errors.push(
      invalid(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  }
  const names = versions.map(({ name }) => name);
  if (new Set(names).size < names.length) errors.push(invalid('spec.versions', names, 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1) {
    errors.push(invalid('spec.versions', names, 'must have exactly one version marked as storage version'));
  }
  const shared = versions.every(({ schema }) => schema?.openAPIV3Schema && equalJson(schema, versions[0]?.schema));
  for (const [i, version] of versions.entries()) {
    errors.push(...validateVersion(version, `spec.versions[${i}]`));
    // one schema for all stands, for upstream, beside the versions
    if (shared && i > 0) continue;
    const known = old.some(({ schema }) => schema?.openAPIV3Schema && equalJson(schema, version.schema));
    errors.push(...validateSchema(version, shared ? 'spec.validation' : `spec.versions[${i}].schema`, known));
  }
  if (conversion) errors.push(...validateConversion(conversion));
  return errors;
};

const validateNames = ({
  plural,
  singular = '',
  kind,
  listKind = '',
  shortNames = [],
  categories = [],
}: CustomResourceDefinitionNames): FieldError[] => {
  const at = 'spec.names';
  const errors: FieldError[] = [];
  if (plural === '') errors.push(required(`${at}.plural`));
  else errors.push(...problems(`${at}.plural`, plural, isDNS1035Label(plural)));
  if (kind === '') errors.push(required(`${at}.kind`));
  else errors.push(...kindProblems(`${at}.kind`, kind));
  if (singular !== '') errors.push(...problems(`${at}.singular`, singular, isDNS1035Label(singular)));
  if (listKind !== '') errors.push(...kindProblems(`${at}.listKind`, listKind));
  for (const [i, name] of shortNames.entries()) errors.push(...problems(`${at}.shortNames[${i}]`, name, isDNS1035Label(name)));
  for (const [i, name] of categories.entries()) errors.push(...problems(`${at}.categories[${i}]`, name, isDNS1035Label(name)));
  if (kind !== '' && kind === listKind) errors.push(invalid(`${at}.listKind`, listKind, 'kind and listKind may not be the same'));
  return errors;
};

const kindProblems = (at: string, kind: string): FieldError[] =>
  isDNS1035Label(kind.toLowerCase()).map((problem) => invalid(at, kind, `may have mixed case, but should otherwise match: ${problem}`));

const validateVersion = (version: CustomResourceDefinitionVersion, at: string): FieldError[] => {
  const { name, deprecated, deprecationWarning, subresources, additionalPrinterColumns = [], selectableFields = [] } = version;
  const errors = problems(`${at}.name`, name, isDNS1035Label(name));
  if (deprecationWarning !== undefined) {
    if (!deprecated) errors.push(invalid(`${at}.deprecationWarning`, deprecationWarning, 'can only be set for deprecated versions'));
    if (deprecationWarning === '') errors.push(invalid(`${at}.deprecationWarning`, '', 'must not be an empty string'));
  }
  errors.push(...additionalPrinterColumns.flatMap((column, i) => validateColumn(column, `${at}.additionalPrinterColumns[${i}]`)));
  for (const [i, { jsonPath }] of selectableFields.entries()) {
    if (jsonPath === '') errors.push(required(`${at}.selectableFields[${i}].jsonPath`));
  }
  const scale = subresources?.scale;
  if (!scale) return errors;
  const below = (field: string, path: string, roots: readonly string[]): void => {
    if (path === '') errors.push(required(`${at}.subresources.scale.${field}`));
    else if (!roots.some((start) => path.startsWith(`.${start}.`))) {
      errors.push(
        invalid(`${at}.subresources.scale.${field}`, path, `should be a json path under ${roots.map((r) => `.${r}`).join(' or ')}`),
      );
    }
  };
  below('specReplicasPath', scale.specReplicasPath, ['spec']);
  below('statusReplicasPath', scale.statusReplicasPath, ['status']);
  if (scale.labelSelectorPath) below('labelSelectorPath', scale.labelSelectorPath, ['spec', 'status']);
  return errors;
};

/** `known`: the schema was taken before. */
const validateSchema = ({ schema }: CustomResourceDefinitionVersion, at: string, known: boolean): FieldError[] => {
  const path = `${at}.openAPIV3Schema`;
  const root = schema?.openAPIV3Schema;
  if (!root) return [required(path, 'schemas are required')];
  const malformed = nestedTypeErrors(root, path);
  if (malformed.length > 0) return malformed;
  const errors = validateStructuralSchema(root, path);
  if (errors.length > 0) return errors;
  // what was taken stays, as long as it is the same
  const wrong = [...(known ? [] : validateDefaultValues(root, path)), ...validateValidationRules(root, path, { known })];
  return known || wrong.length > 0 ? wrong : validateDefaultsByRules(root, path);
};

/** Type errors of schemas that stand where something else may stand too, and were decoded as free JSON. */
const nestedTypeErrors = (schema: JSONSchemaProps, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  const inside = (value: unknown, path: string): void => {
    if (!isObject(value)) return;
    errors.push(...decode(JSONSchemaProps, value, { path, strict: false }).errors);
    if (errors.length === 0) errors.push(...nestedTypeErrors(value, path));
  };
  inside(schema.items, `${at}.items`);
  inside(schema.additionalProperties, `${at}.additionalProperties`);
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const path = `${at}.properties[${name}]`;
    // null stands for an empty schema
    if (isObject(child)) errors.push(...nestedTypeErrors(child, path));
    else errors.push(required(`${path}.type`, 'must not be empty for specified object fields'));
  }
  return errors;
};

const validateColumn = ({ name, type, jsonPath }: CustomResourceColumnDefinition, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${at}.name`));
  if (type === '') errors.push(required(`${at}.type`, `must be one of ${columnTypes.join(',')}`));
  else if (!columnTypes.includes(type)) errors.push(invalid(`${at}.type`, type, `must be one of ${columnTypes.join(',')}`));
  if (jsonPath === '') errors.push(required(`${at}.jsonPath`));
  return errors;
};

const validateConversion = ({ strategy, webhook }: CustomResourceConversion): FieldError[] => {
  const at = 'spec.conversion';
  if (strategy === '') return [required(`${at}.strategy`)];
  if (!strategies.includes(strategy)) return [notSupported(`${at}.strategy`, strategy, strategies)];
  if (strategy === 'None')
    return webhook ? [invalid(`${at}.webhook`, webhook, 'should not be set when strategy is not set to Webhook')] : [];
  const config = webhook?.clientConfig;
  if (!config) return [required(`${at}.webhook.clientConfig`, 'required when strategy is set to Webhook')];
  const errors = validateClientConfig(config, `${at}.webhook.clientConfig`);
  if (webhook.conversionReviewVersions.length === 0) errors.push(required(`${at}.webhook.conversionReviewVersions`));
  return errors;
};
