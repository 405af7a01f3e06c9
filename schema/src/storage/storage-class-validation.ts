/** What a storage class must be, and what of it may change. */
import type { TopologySelectorTerm } from '../core/topology-selector.ts';
import { equalJson } from '../dsl/own.ts';
import { utf8Length } from '../dsl/utf8.ts';
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, immutable, invalid, notSupported, required, tooLong } from '../validation/errors.ts';
import { isQualifiedName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { StorageClass } from './storage-class.ts';

const MAX_PARAMETERS = 512;
const MAX_PARAMETERS_BYTES = 256 * 1024;
const reclaimPolicies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];

export const validateStorageClass = (storageClass: StorageClass, old?: StorageClass): FieldError[] => {
  const { metadata, provisioner, reclaimPolicy, volumeBindingMode: mode } = storageClass;
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...problems('provisioner', provisioner, isQualifiedName(provisioner.toLowerCase())),
    ...validateParameters(storageClass.parameters, 'parameters'),
    ...validateTopologies(storageClass.allowedTopologies ?? [], 'allowedTopologies'),
  ];
  if (reclaimPolicy !== undefined && !reclaimPolicies.includes(reclaimPolicy)) {
    errors.push(notSupported('reclaimPolicy', reclaimPolicy, reclaimPolicies));
  }
  if (mode !== undefined && !bindingModes.includes(mode)) errors.push(notSupported('volumeBindingMode', mode, bindingModes));
  return old ? [...errors, ...validateUpdate(storageClass, old)] : errors;
};

const validateUpdate = (storageClass: StorageClass, old: StorageClass): FieldError[] => {
  const errors = (['parameters', 'provisioner', 'reclaimPolicy'] as const)
    .filter((field) => !equalJson(storageClass[field] ?? {}, old[field] ?? {}))
    .map((field) => forbidden(field, `updates to ${field} are forbidden.`));
  if (storageClass.volumeBindingMode !== old.volumeBindingMode) errors.push(immutable('volumeBindingMode', storageClass.volumeBindingMode));
  return errors;
};

/** Also of classes of volume attributes. */
export const validateParameters = (parameters: Readonly<Record<string, string>> = {}, path: string): FieldError[] => {
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) return [tooLong(path, MAX_PARAMETERS)];
  const errors = entries.some(([key]) => key === '') ? [invalid(path, '', 'field can not be empty.')] : [];
  const size = entries.reduce((sum, [key, value]) => sum + utf8Length(key) + utf8Length(value), 0);
  return size > MAX_PARAMETERS_BYTES ? [...errors, tooLong(path, MAX_PARAMETERS_BYTES)] : errors;
};

const validateTopologies = (terms: readonly TopologySelectorTerm[], path: string): FieldError[] =>
  terms.flatMap((term, i) => {
    const at = `${path}[${i}].matchLabelExpressions`;
    const expressions = term.matchLabelExpressions ?? [];
    if (expressions.length === 0) return [required(at)];
    const keys = new Set<string>();
    const errors = expressions.flatMap(({ key, values }, j) => {
      const here = `${at}[${j}]`;
      const found = problems(`${here}.key`, key, isQualifiedName(key));
      if (keys.has(key)) found.push(duplicate(`${here}.key`, key));
      keys.add(key);
      if (values.length === 0) found.push(required(`${here}.values`));
      const repeated = values.map((value, k) => [value, k] as const).filter(([value, k]) => values.indexOf(value) !== k);
      return [...found, ...repeated.map(([value, k]) => duplicate(`${here}.values[${k}]`, value))];
    });
    if (terms.slice(0, i).some((other) => equalJson(other, term))) errors.push(duplicate(at, ''));
    return errors;
  });
