/** Names of resources that limits and quotas are about. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { invalid } from '../validation/errors.ts';
import { isQualifiedName } from '../validation/names.ts';

const compute = ['cpu', 'memory', 'ephemeral-storage'];
const claim = ['storage'];
const plainQuotas = [
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'services',
  'services.loadbalancers',
  'services.nodeports',
];
const quotaNames = new Set([
  ...[...compute, ...claim].flatMap((name) => (name === 'storage' ? ['requests.storage'] : [name, `requests.${name}`, `limits.${name}`])),
  ...plainQuotas,
]);

const isHugePages = (name: string): boolean => name.replace(/^requests\./, '').startsWith('hugepages-');

const qualified = (name: string, path: string): FieldError[] => problems(path, name, isQualifiedName(name));

/** A resource that containers, pods or (type PersistentVolumeClaim) claims ask for. */
export const validateComputeResourceName = (name: string, path: string, type: string): FieldError[] => {
  const errors = qualified(name, path);
  if (errors.length > 0 || name.includes('/') || isHugePages(name)) return errors;
  if ([...compute, ...claim].includes(name)) return errors;
  const what =
    type === 'Container' || type === 'Pod'
      ? 'must be a standard resource type or fully qualified'
      : 'must be a standard limit type or fully qualified';
  return [invalid(path, name, what)];
};

/** A resource that a quota counts. */
export const validateQuotaResourceName = (name: string, path: string): FieldError[] => {
  const errors = qualified(name, path);
  if (errors.length > 0 || name.includes('/') || quotaNames.has(name) || isHugePages(name)) return errors;
  return [
    invalid(path, name, 'must be a standard resource type or fully qualified'),
    invalid(path, name, 'must be a standard resource for quota'),
  ];
};

/** Counted in whole things, unlike cpu or memory. */
export const isWhole = (name: string): boolean =>
  plainQuotas.includes(name) || name.startsWith('count/') || (name.includes('/') && !name.includes('storageclass'));

/** Whether a quota of pods in some scope can count it. */
export const isQuotaName = (name: string): boolean => quotaNames.has(name) || isHugePages(name);

/** More may be promised than there is: of all but huge pages and devices. */
export const mayOvercommit = (name: string): boolean =>
  !name.startsWith('hugepages-') && (!name.includes('/') || name.includes('kubernetes.io/'));
