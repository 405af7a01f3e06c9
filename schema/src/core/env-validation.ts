/** Environment variables: good names, and one source each. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { invalid, required } from '../validation/errors.ts';
import { isConfigMapKey, isEnvVarName } from '../validation/names.ts';
import type { EnvFromSource, EnvVar, EnvVarSource } from './env.ts';
import { validateFieldPath, validateResourceField } from './volume-validation.ts';

const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

const validateSource = (source: EnvVarSource, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  const count = Object.values(source).filter((value) => value !== undefined).length;
  const choices = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
  if (count === 0) errors.push(invalid(path, '', `must specify one of: ${choices}`));
  else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  if (source.fieldRef) errors.push(...validateFieldPath(`${path}.fieldRef.fieldPath`, source.fieldRef.fieldPath, fieldPaths));
  if (source.resourceFieldRef) errors.push(...validateResourceField(source.resourceFieldRef, `${path}.resourceFieldRef`));
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[name];
    if (!reference) continue;
    if (!reference.name) errors.push(required(`${path}.${name}.name`));
    errors.push(...problems(`${path}.${name}.key`, reference.key, isConfigMapKey(reference.key)));
  }
  return errors;
};

export const validateEnv = (env: readonly EnvVar[] | undefined, path: string): FieldError[] =>
  (env ?? []).flatMap(({ name, value, valueFrom }, i) => {
    const at = `${path}[${i}]`;
    const errors = problems(`${at}.name`, name, isEnvVarName(name));
    if (!valueFrom) return errors;
    if (value) errors.push(invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    return [...errors, ...validateSource(valueFrom, `${at}.valueFrom`)];
  });

export const validateEnvFrom = (envFrom: readonly EnvFromSource[] | undefined, path: string): FieldError[] =>
  (envFrom ?? []).flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const at = `${path}[${i}]`;
    const errors = prefix ? problems(`${at}.prefix`, prefix, isEnvVarName(prefix)) : [];
    if (configMapRef && !configMapRef.name) errors.push(required(`${at}.configMapRef.name`));
    if (secretRef && !secretRef.name) errors.push(required(`${at}.secretRef.name`));
    if (!configMapRef && !secretRef) errors.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef && secretRef) errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
    return errors;
  });
