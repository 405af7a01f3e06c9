/**
 * The TypeScript type of an object as the code meets it: metadata is always there, and so are the parts that decoding and defaulting
 * guarantee. The struct itself keeps them optional, as Kubernetes' schema does.
 */
import type { Infer, Struct } from '../dsl/field.ts';
import type { ObjectMeta } from './object-meta.ts';

export type ObjectOf<S extends Struct<any>, Present extends keyof Infer<S> = never> = Omit<Infer<S>, 'metadata' | Present> & {
  metadata: ObjectMeta;
} & Required<Pick<Infer<S>, Present>>;
