/**
 * What a pod's volumes must be: named once, with exactly one source that says enough to be mounted.
 */
import { problems } from '../meta/checks.ts';
import { compare } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, notSupported, required } from '../validation/errors.ts';
import { isDNS1123Label } from '../validation/names.ts';
import type { Volume } from './volume.ts';
import type { KeyToPath } from './volume-sources.ts';

/** Paths of the pod that the downward API and `fieldRef` may name. */
export const downwardPaths = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'] as const;
const subscript = /^metadata\.(annotations|labels)\['[^']+'\]$/;

/** `supported` are whole paths; `metadata.labels['key']` and its like are always good. */
export const validateFieldPath = (path: string, fieldPath: string, supported: readonly string[]): FieldError[] =>
  supported.includes(fieldPath) || subscript.test(fieldPath) ? [] : [notSupported(path, fieldPath, supported)];

export const validateVolumes = (volumes: readonly Volume[] | undefined, path: string): FieldError[] => {
  const seen = new Set<string>();
  return (volumes ?? []).flatMap((volume, i) => {
    const at = `${path}[${i}]`;
    const errors = [...problems(`${at}.name`, volume.name, isDNS1123Label(volume.name)), ...validateSource(volume, at)];
    if (seen.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name));
    seen.add(volume.name);
    return errors;
  });
};

/** Relative, and never out of its directory. */
export const validateLocalPath = (path: string, value: string): FieldError[] => {
  if (value.startsWith('/')) return [invalid(path, value, 'must be a relative path')];
  return value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [];
};

const validateMode = (path: string, mode: number | undefined): FieldError[] =>
  mode !== undefined && (mode < 0 || mode > 0o777)
    ? [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : [];

const validateItems = (items: readonly KeyToPath[] | undefined, path: string): FieldError[] =>
  (items ?? []).flatMap((item, i) => [
    ...validateLocalPath(`${path}[${i}].path`, item.path),
    ...validateMode(`${path}[${i}].mode`, item.mode),
  ]);

type SourceChecks = { readonly [K in keyof Volume]?: (source: NonNullable<Volume[K]>, path: string) => FieldError[] };

const sourceChecks: SourceChecks = {
  hostPath: (source, path) =>
    source.path.split('/').includes('..') ? [invalid(`${path}.path`, source.path, "must not contain '..'")] : [],
  emptyDir: (source, path) =>
    source.sizeLimit !== undefined && compare(source.sizeLimit, '0') < 0
      ? [forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  secret: (source, path) => [
    ...(source.secretName ? [] : [required(`${path}.secretName`)]),
    ...validateMode(`${path}.defaultMode`, source.defaultMode),
    ...validateItems(source.items, `${path}.items`),
  ],
  configMap: (source, path) => [
    ...(source.name ? [] : [required(`${path}.name`)]),
    ...validateMode(`${path}.defaultMode`, source.defaultMode),
    ...validateItems(source.items, `${path}.items`),
  ],
  downwardAPI: (source, path) => [
    ...validateMode(`${path}.defaultMode`, source.defaultMode),
    ...validateDownwardItems(source.items, `${path}.items`),
  ],
  nfs: (source, path) => (source.path.startsWith('/') ? [] : [invalid(`${path}.path`, source.path, 'must be an absolute path')]),
  projected: (source, path) => [
    ...validateMode(`${path}.defaultMode`, source.defaultMode),
    ...(source.sources ?? []).flatMap((projection, i) => {
      const at = `${path}.sources[${i}]`;
      const { secret, configMap, downwardAPI, serviceAccountToken } = projection;
      const errors: FieldError[] = [];
      if (Object.values(projection).filter((value) => value !== undefined).length > 1) {
        errors.push(forbidden(at, 'may not specify more than 1 volume type'));
      }
      if (secret) errors.push(...named(secret, `${at}.secret`), ...validateItems(secret.items, `${at}.secret.items`));
      if (configMap) errors.push(...named(configMap, `${at}.configMap`), ...validateItems(configMap.items, `${at}.configMap.items`));
      if (downwardAPI) errors.push(...validateDownwardItems(downwardAPI.items, `${at}.downwardAPI.items`));
      if (serviceAccountToken) {
        const { path: file, expirationSeconds = 3600 } = serviceAccountToken;
        errors.push(...validateLocalPath(`${at}.serviceAccountToken.path`, file));
        if (expirationSeconds < 600) {
          errors.push(
            invalid(`${at}.serviceAccountToken.expirationSeconds`, expirationSeconds, 'may not specify a duration less than 10 minutes'),
          );
        }
      }
      return errors;
    }),
  ],
  csi: (source, path) => (source.driver ? [] : [required(`${path}.driver`)]),
  image: (source, path) => (source.reference ? [] : [required(`${path}.reference`)]),
};

const named = (source: { name?: string }, path: string): FieldError[] => (source.name ? [] : [required(`${path}.name`)]);

interface DownwardItem {
  readonly path: string;
  readonly fieldRef?: { readonly fieldPath: string };
  readonly resourceFieldRef?: object;
  readonly mode?: number;
}

const validateDownwardItems = (items: readonly DownwardItem[] | undefined, path: string): FieldError[] =>
  (items ?? []).flatMap(({ path: file, fieldRef, resourceFieldRef, mode }, i) => {
    const at = `${path}[${i}]`;
    const errors = [...validateLocalPath(`${at}.path`, file), ...validateMode(`${at}.mode`, mode)];
    if (fieldRef) errors.push(...validateFieldPath(`${at}.fieldRef.fieldPath`, fieldRef.fieldPath, downwardPaths));
    if (!fieldRef && !resourceFieldRef) errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
    else if (fieldRef && resourceFieldRef)
      errors.push(invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    return errors;
  });

const validateSource = (volume: Volume, path: string): FieldError[] => {
  const [first, ...more] = Object.keys(volume).filter((key) => key !== 'name' && volume[key as keyof Volume] !== undefined);
  if (!first) return [required(path, 'must specify a volume type')];
  const check = sourceChecks[first as keyof Volume] as ((source: unknown, path: string) => FieldError[]) | undefined;
  return [
    ...(check?.(volume[first as keyof Volume], `${path}.${first}`) ?? []),
    ...more.map((source) => forbidden(`${path}.${source}`, 'may not specify more than 1 volume type')),
  ];
};
