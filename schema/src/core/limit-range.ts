/**
 * LimitRange: what each container, pod or claim of a namespace may ask for, and what it gets when it says nothing.
 * @see https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import { type Infer, list, map, message, str, struct } from '../dsl/field.ts';
import { createdAtColumn, nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateLimitRange } from './limit-range-validation.ts';

export const LimitRangeItem = struct('io.k8s.api.core.v1.LimitRangeItem', 'Limits of one sort of object.', {
  type: str(1, 'Container, Pod or PersistentVolumeClaim.', { required: true, default: '' }),
  max: map(2, 'quantity', 'Most it may ask for.'),
  min: map(3, 'quantity', 'Least it must ask for.'),
  default: map(4, 'quantity', 'Limits of a container that states none.'),
  defaultRequest: map(5, 'quantity', 'Requests of a container that states none.'),
  maxLimitRequestRatio: map(6, 'quantity', 'How many times its request a limit may be.'),
});
export type LimitRangeItem = Infer<typeof LimitRangeItem>;

export const LimitRangeSpec = struct('io.k8s.api.core.v1.LimitRangeSpec', 'The limits.', {
  limits: list(1, LimitRangeItem, 'Limits, one for each sort of object.', { required: true, default: [] }),
});
export type LimitRangeSpec = Infer<typeof LimitRangeSpec>;

export const LimitRange = struct('io.k8s.api.core.v1.LimitRange', 'What objects of a namespace may ask for.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, LimitRangeSpec, 'The desired state.', { default: {} }),
});
export type LimitRange = ObjectOf<typeof LimitRange, 'spec'>;

type Quantities = Readonly<Record<string, string>> | undefined;

/** A limit is the maximum where none is stated; a request is the limit, else the minimum. */
const defaultItem = (item: LimitRangeItem): void => {
  if (item.type !== 'Container') return;
  const limits = joined(item.max, item.default);
  const requests = joined(item.min, limits, item.defaultRequest);
  if (limits) item.default = limits;
  if (requests) item.defaultRequest = requests;
};

/** All entries, later ones over earlier ones; undefined when there is none. */
const joined = (...parts: readonly Quantities[]): Record<string, string> | undefined => {
  const all = Object.assign({}, ...parts) as Record<string, string>;
  return Object.keys(all).length > 0 ? all : undefined;
};

export const limitRanges = defineResource<LimitRange>({
  group: '',
  resource: 'limitranges',
  kind: 'LimitRange',
  namespaced: true,
  createsOnUpdate: true,
  shortNames: ['limits'],
  versions: soleVersion('v1', LimitRange),
  generation: false,
  defaults: ({ spec }) => {
    for (const item of spec.limits ?? []) defaultItem(item);
  },
  validate: validateLimitRange,
  columns: [nameColumn, createdAtColumn],
});
