/** Pieces that resource definitions share. */
import type { Struct } from '../dsl/field.ts';
import type { ServedVersion } from '../resource.ts';

/** The only served version, which is the stored one. */
export const soleVersion = (
  version: string,
  schema: Struct<any>,
  more: Pick<ServedVersion, 'deprecation'> = {},
): readonly ServedVersion[] => [{ version, schema, served: true, storage: true, ...more }];

/** Keeps the stored status when the main resource is updated. */
export const keepStatus = (object: { status?: any }, old: { status?: any }): void => {
  if (old.status === undefined) delete object.status;
  else object.status = old.status;
};
