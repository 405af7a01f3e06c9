/**
 * From a CustomResourceDefinition to the ResourceDefinition that every engine interprets: custom resources run through the same code as built-in
 * kinds. Pure; made once for each CustomResourceDefinition object and version.
 */

import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../apiextensions/custom-resource-definition.ts';
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { wholeObject } from '../apply/open-api-schema.ts';
import {
  defineResource,
  type FieldError,
  type KubeObject,
  type ResourceDefinition,
  type ScaleSpec,
  type ServedVersion,
} from '../resource.ts';
import { invalid } from '../validation/errors.ts';
import { finalizerWarnings, validateObjectMeta } from '../validation/object-meta.ts';
import { columnsOf } from './columns.ts';
import { applySchemaDefaults, withDefaults } from './default.ts';
import { findAll, namesOf, parseJsonPath, setValueAt, valueAt } from './json-path.ts';
import { pruned } from './prune.ts';
import { checkRules, reachesRules } from './rules.ts';
import { structOf } from './struct-of.ts';
import { validateValue } from './validate.ts';
import { compareVersions } from './version-order.ts';

const ofEveryObject: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The part of the schema that judges content: metadata is judged as that of every kind. */
const contentSchema = (schema: JSONSchemaProps): JSONSchemaProps => ({
  ...schema,
  properties: Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => !ofEveryObject.has(name))),
  required: (schema.required ?? []).filter((name) => !ofEveryObject.has(name)),
});

const schemaOf = (version: CustomResourceDefinitionVersion): JSONSchemaProps =>
  contentSchema((version.schema?.openAPIV3Schema ?? { type: 'object' }) as JSONSchemaProps);

const byWebhook = ({ spec }: CustomResourceDefinition): boolean => spec.conversion?.strategy === 'Webhook';

/** What was stored when the schema was another, as it is now. The same object when it is so already. */
const asNow = <T>(schema: JSONSchemaProps, object: T): T => withDefaults(schema, pruned(schema, object, true));

/** Stored objects as a version has them: as the version they were stored in has them now, and pruned. */
const readAs = ({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): ((object: any) => any) => {
  const { group, names } = spec;
  const stored = spec.versions.find(({ storage }) => storage)!;
  const schemas = new Map(spec.versions.map((one) => [`${group}/${one.name}`, schemaOf(one)]));
  const apiVersion = `${group}/${version.name}`;
  return (object) => {
    const now = asNow(schemas.get(object.apiVersion) ?? schemaOf(stored), object);
    return { ...pruned(schemas.get(apiVersion), now, true), apiVersion, kind: names.kind };
  };
};

/**
 * An object is defaulted and judged as the version it was sent in, and pruned by each version on its way: by the stored one when it was accepted (`kept`).
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
const servedVersions = (crd: CustomResourceDefinition): ServedVersion[] => {
  const { group, names, versions } = crd.spec;
  const stored = versions.find((version) => version.storage)!;
  const toStorage = (object: any) => ({ ...object, apiVersion: `${group}/${stored.name}`, kind: names.kind });
  return [...versions]
    .sort((a, b) => compareVersions(a.name, b.name))
    .map((version): ServedVersion => {
      const schema = schemaOf(version);
      return {
        version: version.name,
        schema: structOf({ group, version: version.name, kind: names.kind }, schema),
        typeSchema: wholeObject(schema),
        served: version.served,
        storage: version.storage,
        ...(version.deprecated
          ? { deprecation: version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated` }
          : {}),
        ...(version.storage ? {} : { toStorage, fromStorage: readAs(crd, version) }),
        ...(byWebhook(crd) ? {} : { renamed: true }),
        complete: (object) => asNow(schema, object),
      };
    });
};

const replicasAt = (object: unknown, names: readonly string[]): number => {
  const value = valueAt(object, names);
  return typeof value === 'number' ? value : 0;
};

const scaleOf = ({ subresources }: CustomResourceDefinitionVersion): ScaleSpec | undefined => {
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath = '' } = subresources?.scale ?? {};
  const [wanted, seen] = [namesOf(specReplicasPath), namesOf(statusReplicasPath)];
  if (!subresources?.scale || !wanted || !seen) return undefined;
  const selector = labelSelectorPath ? namesOf(labelSelectorPath) : undefined;
  return {
    replicas: (object) => replicasAt(object, wanted),
    setReplicas: (object, replicas) => setValueAt(object, wanted, replicas),
    statusReplicas: (object) => replicasAt(object, seen),
    selector: (object) => {
      const value = selector && valueAt(object, selector);
      return typeof value === 'string' ? value : '';
    },
  };
};

const selectable = ({ selectableFields = [] }: CustomResourceDefinitionVersion): Record<string, (object: any) => string> =>
  Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath) ?? [];
      return [
        jsonPath.replace(/^\./, ''),
        (object: any) => {
          const [found] = findAll(path, object);
          return typeof found === 'object' || found === undefined ? '' : String(found);
        },
      ];
    }),
  );

/** What the generation counts: everything a client may change but metadata, and status where it is a subresource. */
const counted =
  (hasStatus: boolean) =>
  ({ apiVersion: _a, kind: _k, metadata: _m, ...content }: KubeObject): unknown => {
    if (!hasStatus) return content;
    const { status: _, ...rest } = content;
    return rest;
  };

const make = (crd: CustomResourceDefinition, asked: CustomResourceDefinitionVersion): ResourceDefinition => {
  const { group, scope } = crd.spec;
  const names = { ...crd.spec.names, ...crd.status?.acceptedNames };
  const stored = crd.spec.versions.find((version) => version.storage) ?? asked;
  const schema = schemaOf(asked);
  // a webhook makes an object of the stored version of it before it is completed
  const completed = byWebhook(crd) ? schemaOf(stored) : schema;
  const hasStatus = asked.subresources?.status !== undefined;
  const scale = scaleOf(asked);
  const type = { apiVersion: `${group}/${asked.name}`, kind: names.kind };
  const whole = (object: KubeObject): KubeObject => ({ ...(asked.storage ? object : pruned(schema, object, true)), ...type });
  const before = readAs(crd, asked);
  return defineResource({
    group,
    resource: crd.spec.names.plural,
    singular: names.singular || names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind || `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    updatesNeedVersion: true,
    versions: servedVersions(crd),
    hasStatus,
    validatesStatus: true,
    ...(scale ? { scale } : {}),
    generation: counted(hasStatus),
    selectableFields: selectable(asked),
    columns: columnsOf(asked.additionalPrinterColumns),
    defaults: (object) => applySchemaDefaults(completed, object),
    validate: (object, old) => {
      const { metadata } = object;
      const errors = validateObjectMeta(metadata, { namespaced: scope === 'Namespaced', anyFinalizers: true }, old?.metadata);
      return [...errors, ...validateContent(schema, whole(object), old && before(old))];
    },
    ...(asked.storage ? {} : { kept: (object: KubeObject) => pruned(schemaOf(stored), object, true) }),
    warnings: ({ metadata }, old) => finalizerWarnings(metadata, old?.metadata),
    prepareCreate: (object) => {
      if (hasStatus) delete object.status;
    },
  });
};

/** Errors that leave no sense in asking rules: they read what is missing or of another type. */
const blocking: ReadonlySet<FieldError['type']> = new Set<FieldError['type']>([
  'notFound',
  'required',
  'tooLong',
  'tooMany',
  'typeInvalid',
]);
const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

const isDuplicate = ({ type }: FieldError): boolean => type === 'duplicate';

/** Sets and maps that were none before the update are not asked to be now: a schema may say so of a list that always was one. */
const withoutOldDuplicates = (errors: FieldError[], schema: JSONSchemaProps, old: KubeObject | undefined): FieldError[] => {
  if (!old || !errors.some(isDuplicate) || !validateValue(schema, old, '').some(isDuplicate)) return errors;
  return errors.filter((error) => !isDuplicate(error));
};

/** By the schema and by its rules, told together. */
const validateContent = (schema: JSONSchemaProps, object: KubeObject, old: KubeObject | undefined): FieldError[] => {
  const errors = withoutOldDuplicates(validateValue(schema, object, '', old), schema, old);
  if (!errors.some(({ type }) => blocking.has(type))) return [...errors, ...checkRules(schema, object, old)];
  return reachesRules(schema) ? [...errors, invalid('<nil>', 'null', NOT_CHECKED)] : errors;
};

const known = new WeakMap<object, Map<string, ResourceDefinition>>();

/**
 * The kind as one served version has it: columns, subresources and selectable fields may differ from version to version. Default: the stored
 * one. The object must not change afterwards.
 */
export const definitionOf = (crd: CustomResourceDefinition, version?: string): ResourceDefinition => {
  let made = known.get(crd);
  if (!made) {
    made = new Map();
    known.set(crd, made);
  }
  const asked =
    crd.spec.versions.find(({ name, storage }) => (version === undefined ? storage : name === version)) ?? crd.spec.versions[0]!;
  let found = made.get(asked.name);
  if (!found) {
    found = make(crd, asked);
    made.set(asked.name, found);
  }
  return found;
};

/** Whether its resources are served. */
export const isEstablished = (crd: CustomResourceDefinition): boolean =>
  crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
