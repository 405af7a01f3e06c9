/**
 * What a pod's volumes must be: named once, with exactly one source that says enough to be mounted.
 */
import { problems } from '../meta/checks.ts';
import { compare } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, notSupported, required } from '../validation/errors.ts';
import { isDNS1123Label } from '../validation/names.ts';
import type { ResourceFieldSelector } from './env.ts';
import type { Volume } from './volume.ts';
import type { KeyToPath } from './volume-sources.ts';

/** Paths of the pod that the downward API and `fieldRef` may name. */
export const downwardPaths = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'] as const;
/** Those that it could name somewhere: any other is no path of a pod at all. */
const podPaths: ReadonlySet<string> = new Set([
  ...downwardPaths,
  ...['spec.nodeName', 'spec.host', 'spec.restartPolicy', 'spec.serviceAccountName', 'spec.schedulerName'],
  ...['status.phase', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
]);
const subscript = /^metadata\.(annotations|labels)\['[^']+'\]$/;

/** `supported` are whole paths; `metadata.labels['key']` and its like are always good. */
export const validateFieldPath = (path: string, fieldPath: string, supported: readonly string[]): FieldError[] => {
  if (supported.includes(fieldPath) || subscript.test(fieldPath)) return [];
  return podPaths.has(fieldPath)
    ? [notSupported(path, fieldPath, supported)]
    : [invalid(path, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)];
};

const resourcePaths = ['limits', 'requests'].flatMap((of) => ['cpu', 'ephemeral-storage', 'memory'].map((name) => `${of}.${name}`));
const units = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** A resource of a container as a value: which, and in what unit. */
export const validateResourceField = ({ resource, divisor = '0' }: ResourceFieldSelector, path: string): FieldError[] => {
  const name = resource.replace(/^(limits|requests)\./, '');
  const isHugePages = name !== resource && name.startsWith('hugepages-');
  const errors = resourcePaths.includes(resource) || isHugePages ? [] : [notSupported(`${path}.resource`, resource, resourcePaths)];
  if (compare(divisor, '0') === 0 || errors.length > 0) return errors;
  const [good, of] =
    name === 'cpu'
      ? [['1m', '1'], 'cpu']
      : [units, isHugePages ? 'hugepages' : name === 'ephemeral-storage' ? 'local ephemeral storage' : 'memory'];
  const list = name === 'cpu' ? '1m and 1' : units.join(', ');
  return good.includes(divisor)
    ? []
    : [invalid(`${path}.divisor`, resource, `only divisor's values ${list} are supported with the ${of} resource`)];
};

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
  readonly resourceFieldRef?: ResourceFieldSelector;
  readonly mode?: number;
}

const validateDownwardItems = (items: readonly DownwardItem[] | undefined, path: string): FieldError[] =>
  (items ?? []).flatMap(({ path: file, fieldRef, resourceFieldRef, mode }, i) => {
    const at = `${path}[${i}]`;
    const errors = [...validateLocalPath(`${at}.path`, file), ...validateMode(`${at}.mode`, mode)];
    if (fieldRef) errors.push(...validateFieldPath(`${at}.fieldRef.fieldPath`, fieldRef.fieldPath, downwardPaths));
    if (resourceFieldRef) {
      if (!resourceFieldRef.containerName) errors.push(required(`${at}.resourceFieldRef.containerName`));
      errors.push(...validateResourceField(resourceFieldRef, `${at}.resourceFieldRef`));
    }
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
