/**
 * What a secret must be; the known types want certain keys. No message repeats a value of the data.
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#secret-types
 */
import { decodeBase64 } from '../dsl/base64.ts';
import { getOwn } from '../dsl/own.ts';
import { decodeUtf8 } from '../dsl/utf8.ts';
import type { FieldError } from '../resource.ts';
import { immutable, invalid, required, tooLong } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { binaryBytes, MAX_DATA_BYTES, validateImmutable, validateKeys } from './config-data.ts';
import type { Secret } from './secret.ts';

const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';

const requireKey =
  (key: string) =>
  (secret: Secret): FieldError[] =>
    secret.data?.[key] === undefined ? [required(`data[${key}]`)] : [];

const requireJson =
  (key: string) =>
  (secret: Secret): FieldError[] => {
    const value = secret.data?.[key];
    if (value === undefined) return [required(`data[${key}]`)];
    try {
      JSON.parse(decodeUtf8(decodeBase64(value)));
      return [];
    } catch {
      return [invalid(`data[${key}]`, '<secret contents redacted>', 'invalid character or end of JSON input')];
    }
  };

/** What each type wants. A type that is not here may hold anything. */
const typeRules: Readonly<Record<string, (secret: Secret) => FieldError[]>> = {
  'kubernetes.io/service-account-token': ({ metadata }) =>
    metadata.annotations?.[ACCOUNT_ANNOTATION] ? [] : [required(`metadata.annotations[${ACCOUNT_ANNOTATION}]`)],
  'kubernetes.io/dockercfg': requireJson('.dockercfg'),
  'kubernetes.io/dockerconfigjson': requireJson('.dockerconfigjson'),
  'kubernetes.io/basic-auth': ({ data = {} }) =>
    data.username === undefined && data.password === undefined ? [required('data[username]'), required('data[password]')] : [],
  'kubernetes.io/ssh-auth': requireKey('ssh-privatekey'),
  'kubernetes.io/tls': (secret) => [...requireKey('tls.crt')(secret), ...requireKey('tls.key')(secret)],
};

export const validateSecret = (secret: Secret, old?: Secret): FieldError[] => {
  const errors = [...validateObjectMeta(secret.metadata, { namespaced: true }, old?.metadata), ...validateKeys(secret.data, 'data')];
  if (binaryBytes(secret.data) > MAX_DATA_BYTES) errors.push(tooLong('data', MAX_DATA_BYTES));
  errors.push(...(getOwn(typeRules, secret.type ?? '')?.(secret) ?? []));
  if (!old) return errors;
  if (secret.type !== old.type) errors.push(immutable('type', secret.type ?? ''));
  return [...errors, ...validateImmutable(secret, old, ['data'])];
};
