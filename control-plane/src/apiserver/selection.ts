/**
 * Label and field selectors of a list, watch or deletecollection. What the key alone can answer is answered without parsing a body.
 */
import { getOwn } from '#schema/dsl/own.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import { type FieldRequirement, matchesFields, parseFieldSelector, SelectorError } from '#schema/selectors/field.ts';
import { type LabelOperator, type LabelRequirement, type LabelSelection, matches, parseLabelSelector } from '#schema/selectors/label.ts';
import type { LabelTerm, ObjectKey } from '../store/store.ts';
import { type ApiError, badRequest } from './errors.ts';

const keyFields: ReadonlyMap<string, (key: ObjectKey) => string> = new Map([
  ['metadata.name', (key: ObjectKey) => key.name],
  ['metadata.namespace', (key: ObjectKey) => key.namespace],
]);

export interface Selection {
  /** Nothing is filtered. */
  readonly everything: boolean;
  /** Bodies must be parsed to decide. */
  readonly looksInside: boolean;
  readonly matchesKey: (key: ObjectKey) => boolean;
  /** Beyond the key. Takes the object in the STORED form. */
  readonly matchesObject: (object: KubeObject) => boolean;
  /** Pods of this node only; '' when not selected. */
  readonly node: string;
  /** What of the label selector the store can judge: it yields these and perhaps more. */
  readonly labels: readonly LabelTerm[];
  /** Exactly this name, when the selector says so. */
  readonly name: string | undefined;
}

const operators: Readonly<Partial<Record<LabelOperator, LabelTerm['operator']>>> = {
  '=': 'in',
  '==': 'in',
  in: 'in',
  '!=': 'notIn',
  notin: 'notIn',
  exists: 'exists',
  '!': 'notExists',
};

const termOf = ({ key, operator, values }: LabelRequirement): LabelTerm[] => {
  const known = operators[operator];
  return known ? [{ key, operator: known, values }] : [];
};

const selectorError = (error: unknown): ApiError | undefined => (error instanceof SelectorError ? badRequest(error.message) : undefined);

const parsed = <T>(parse: () => T): T => {
  try {
    return parse();
  } catch (error) {
    throw selectorError(error) ?? error;
  }
};

/** Kinds with fields of their own say it in other words. */
const unknownField = ({ selectableFields, versions }: ResourceDefinition, field: string): string =>
  Object.keys(selectableFields).length > 0 || versions.some(({ typeSchema }) => typeSchema)
    ? `field label not supported: ${field}`
    : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;

/** What a version calls by another name. @throws ApiError BadRequest */
const named = (field: string, labels: Readonly<Record<string, string>> | undefined): string => {
  if (!labels || keyFields.has(field)) return field;
  const known = getOwn(labels, field);
  if (known === undefined) throw badRequest(`field label not supported: ${field}`);
  return known;
};

/** `name` limits to one object (watches of a single one); `fieldLabels`: of the version that is spoken. @throws ApiError BadRequest for a selector that cannot be read or an unknown field */
export const selectionOf = (
  definition: ResourceDefinition,
  selectors: { readonly labelSelector: string; readonly fieldSelector: string },
  name = '',
  fieldLabels?: Readonly<Record<string, string>>,
): Selection => {
  const fields: FieldRequirement[] = parsed(() => parseFieldSelector(selectors.fieldSelector)).map((requirement) => ({
    ...requirement,
    field: named(requirement.field, fieldLabels),
  }));
  if (name) fields.push({ field: 'metadata.name', operator: '=', value: name });
  const labels: LabelSelection | undefined = selectors.labelSelector
    ? parsed(() => parseLabelSelector(selectors.labelSelector))
    : undefined;
  for (const { field } of fields) {
    if (!keyFields.has(field) && !getOwn(definition.selectableFields, field)) {
      throw badRequest(unknownField(definition, field));
    }
  }
  const byKey = fields.filter((f) => keyFields.has(f.field));
  const inside = fields.filter((f) => !keyFields.has(f.field));
  const hasLabels = labels !== undefined && (labels.requirements.length > 0 || labels.nothing === true);
  const exact = (field: string) => fields.find((f) => f.field === field && f.operator === '=')?.value;
  return {
    everything: fields.length === 0 && !hasLabels,
    looksInside: inside.length > 0 || hasLabels,
    matchesKey: (key) => matchesFields(byKey, (field) => keyFields.get(field)!(key)),
    matchesObject: (object) =>
      matchesFields(inside, (field) => definition.selectableFields[field]!(object)) &&
      (!hasLabels || matches(labels!, object.metadata.labels)),
    node: definition.selectableFields['spec.nodeName'] ? (exact('spec.nodeName') ?? '') : '',
    labels: labels?.requirements.flatMap(termOf) ?? [],
    name: exact('metadata.name'),
  };
};
