/** Entries of managedFields, for tests. */
import type { ManagedEntry } from '#schema/apply/managed-fields.ts';

/** An update of one field, but for what `more` says. */
export const managedEntry = (more: Partial<ManagedEntry> = {}): ManagedEntry => ({
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:x': {} },
  manager: 'm',
  operation: 'Update',
  ...more,
});
