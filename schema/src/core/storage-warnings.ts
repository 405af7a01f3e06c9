/** Warnings about volumes and claims, in upstream's words: what is deprecated, and what is likely a mistake. */
import { parseQuantity } from '../quantity/quantity.ts';
import type { KubeObject } from '../resource.ts';

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';
const ofClass = ({ metadata }: KubeObject): string[] =>
  metadata.annotations?.[classAnnotation] === undefined
    ? []
    : [`metadata.annotations[${classAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`];

const ofSize = (list: Readonly<Record<string, string>> | undefined, at: string): string[] => {
  const value = list?.storage;
  const isWhole = value === undefined || parseQuantity(value).nano % 1_000_000_000n === 0n;
  return isWhole ? [] : [`${at}[storage]: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`];
};

export const persistentVolumeWarnings = (volume: KubeObject): string[] => [
  ...ofClass(volume),
  ...(volume.spec?.persistentVolumeReclaimPolicy === 'Recycle'
    ? [
        'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      ]
    : []),
  ...ofSize(volume.spec?.capacity, 'spec.capacity'),
];

export const persistentVolumeClaimWarnings = (claim: KubeObject): string[] => [
  ...ofClass(claim),
  ...ofSize(claim.spec?.resources?.requests, 'spec.resources.requests'),
  ...ofSize(claim.spec?.resources?.limits, 'spec.resources.limits'),
];
