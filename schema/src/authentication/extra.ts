/**
 * ExtraValue maps: what else an authenticator knows of a user. In protobuf each value is a message of its own with the strings under number 1.
 */
import type { Field } from '../dsl/field.ts';

/** A map from text to a list of strings. */
export const extra = (no: number, doc: string): Field<Record<string, string[]>, false> => ({
  no,
  doc,
  type: {
    kind: 'map',
    value: {
      kind: 'list',
      item: { kind: 'scalar', scalar: 'string' },
      semantics: { listType: 'atomic', keys: [], strategy: 'replace', retainKeys: false },
    },
    atomic: false,
  },
  required: false,
  pointer: false,
  inline: false,
});
