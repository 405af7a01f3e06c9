/**
 * Validation of `metadata`, at create and (with `old`) at update. Kind-specific rules come in through `nameRule`.
 */
import { equalJson } from '../dsl/own.ts';
import { utf8Length } from '../dsl/utf8.ts';
import type { ObjectMeta, OwnerReference } from '../meta/object-meta.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, immutable, invalid, required, tooLong } from './errors.ts';
import { isDNS1123Label, isQualifiedName, isValidLabelValue, type NameRule, subdomainName } from './names.ts';

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  /** Default: DNS-1123 subdomain. */
  readonly nameRule?: NameRule;
  /** Finalizers need not be qualified by a domain. */
  readonly anyFinalizers?: boolean;
  /** Default `metadata`. */
  readonly path?: string;
}

/** All annotations of an object, keys and values. */
export const MAX_ANNOTATIONS_BYTES = 256 * 1024;

const standardFinalizers: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

export const validateLabels = (labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...isQualifiedName(key).map((problem) => invalid(path, key, problem)));
    errors.push(...isValidLabelValue(value).map((problem) => invalid(path, value, problem)));
  }
  return errors;
};

export const validateAnnotations = (annotations: Readonly<Record<string, string>> | undefined, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    errors.push(...isQualifiedName(key.toLowerCase()).map((problem) => invalid(path, key, problem)));
    size += utf8Length(key) + utf8Length(value);
  }
  if (size > MAX_ANNOTATIONS_BYTES) errors.push(tooLong(path, MAX_ANNOTATIONS_BYTES));
  return errors;
};

export const validateObjectMeta = (meta: ObjectMeta, rules: ObjectMetaRules, old?: ObjectMeta): FieldError[] => {
  const path = rules.path ?? 'metadata';
  const errors = [
    // what was accepted once stays acceptable
    ...(old && isNamedAs(meta, old) ? [] : validateName(meta, rules, path)),
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences ?? [], `${path}.ownerReferences`),
    ...validateFinalizers(meta.finalizers ?? [], `${path}.finalizers`, rules),
  ];
  if ((meta.generation ?? 0) < 0) errors.push(invalid(`${path}.generation`, meta.generation, 'must be greater than or equal to 0'));
  if (old) errors.push(...validateUpdate(meta, old, path));
  return errors;
};

const isNamedAs = (meta: ObjectMeta, old: ObjectMeta): boolean =>
  meta.name === old.name && meta.namespace === old.namespace && meta.generateName === old.generateName;

const validateName = (meta: ObjectMeta, { namespaced, nameRule = subdomainName }: ObjectMetaRules, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  const { name = '', generateName = '', namespace = '' } = meta;
  if (generateName !== '') {
    errors.push(...nameRule(generateName, true).map((problem) => invalid(`${path}.generateName`, generateName, problem)));
  }
  if (name === '') errors.push(required(`${path}.name`, 'name or generateName is required'));
  else errors.push(...nameRule(name, false).map((problem) => invalid(`${path}.name`, name, problem)));
  if (!namespaced) {
    if (namespace !== '') errors.push(forbidden(`${path}.namespace`, 'not allowed on this type'));
  } else if (namespace === '') errors.push(required(`${path}.namespace`));
  else errors.push(...isDNS1123Label(namespace).map((problem) => invalid(`${path}.namespace`, namespace, problem)));
  return errors;
};

const validateOwnerReferences = (references: readonly OwnerReference[], path: string): FieldError[] => {
  const errors: FieldError[] = [];
  // upstream does not say which one it is
  const at = path;
  for (const reference of references) {
    const version = reference.apiVersion?.split('/').at(-1) ?? '';
    if (version === '') errors.push(invalid(`${at}.apiVersion`, reference.apiVersion ?? '', 'version must not be empty'));
    for (const field of ['kind', 'name', 'uid'] as const) {
      if (!reference[field]) errors.push(invalid(`${at}.${field}`, reference[field] ?? '', 'must not be empty'));
    }
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') {
      errors.push(invalid(at, reference, '/v1, Kind=Event is disallowed from being an owner'));
    }
  }
  const [first, second] = references.filter(({ controller }) => controller);
  if (first && second) {
    const both = `${first.name} and ${second.name}`;
    errors.push(invalid(path, references, `Only one reference can have Controller set to true. Found "true" in references for ${both}`));
  }
  return errors;
};

const isUnqualified = (finalizer: string): boolean => !finalizer.includes('/') && !standardFinalizers.has(finalizer);

const validateFinalizers = (finalizers: readonly string[], path: string, { anyFinalizers }: ObjectMetaRules): FieldError[] => {
  const errors: FieldError[] = [];
  for (const [i, finalizer] of finalizers.entries()) {
    const problems = isQualifiedName(finalizer);
    errors.push(...problems.map((problem) => invalid(path, finalizer, problem)));
    if (!anyFinalizers && problems.length === 0 && isUnqualified(finalizer)) {
      errors.push(invalid(`${path}[${i}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
    }
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
};

/** Told where any finalizer may be: of those that are new. */
export const finalizerWarnings = ({ finalizers = [] }: ObjectMeta, old?: ObjectMeta): string[] =>
  [...new Set(finalizers)]
    .filter((finalizer) => isUnqualified(finalizer) && !old?.finalizers?.includes(finalizer))
    .sort()
    .map(
      (finalizer) =>
        `metadata.finalizers: ${JSON.stringify(finalizer)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
    );

const immutableFields = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

const validateUpdate = (meta: ObjectMeta, old: ObjectMeta, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const known = new Set(old.finalizers);
    const added = (meta.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
    if (added.length > 0) {
      const shown = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
      errors.push(
        forbidden(`${path}.finalizers`, `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`),
      );
    }
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalid(`${path}.generation`, meta.generation ?? 0, 'must not be decremented'));
  for (const field of immutableFields) {
    if (!equalJson(meta[field], old[field])) errors.push(immutable(`${path}.${field}`, meta[field] ?? null));
  }
  return errors;
};
