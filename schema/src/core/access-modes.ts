/** How a volume may be mounted: the modes, what of them goes together, and their short names in tables. */
import type { FieldError } from '../resource.ts';
import { forbidden, notSupported } from '../validation/errors.ts';

/** Mode and short name, in the order tables show them. */
const shortNames = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' } as const;
const modes = Object.keys(shortNames);

/** Each mode is known, and ReadWriteOncePod stands alone. */
export const validateAccessModes = (accessModes: readonly string[], path: string): FieldError[] => {
  const errors = accessModes.filter((mode) => !modes.includes(mode)).map((mode) => notSupported(path, mode, modes));
  if (accessModes.includes('ReadWriteOncePod') && accessModes.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
};

/** `RWO,ROX`; empty when there is none. */
export const formatAccessModes = (accessModes: readonly string[] | undefined): string =>
  Object.entries(shortNames)
    .filter(([mode]) => accessModes?.includes(mode))
    .map(([, short]) => short)
    .join(',');

/** Where the class stood before `storageClassName` existed. It still wins. */
export const STORAGE_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** The storage class of a volume or claim; '' when it has none. */
export const storageClassOf = (object: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly storageClassName?: string };
}): string => object.metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? object.spec.storageClassName ?? '';
