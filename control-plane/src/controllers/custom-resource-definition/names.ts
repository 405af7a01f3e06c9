/**
 * Which names of a CustomResourceDefinition are free. Within a group a name belongs to one kind: built-in kinds come first, then the definitions
 * that hold theirs already.
 */
import type { CustomResourceDefinition } from '#schema/apiextensions/custom-resource-definition.ts';
import { resources } from '#schema/resources.ts';

interface Taken {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

const isAccepted = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some((condition) => condition.type === 'NamesAccepted' && condition.status === 'True') ?? false;

const takenBy = (crd: CustomResourceDefinition, all: readonly CustomResourceDefinition[]): Taken => {
  const builtIn = resources.filter((definition) => definition.group === crd.spec.group);
  const others = all
    .filter((other) => other.spec.group === crd.spec.group && other.metadata.name !== crd.metadata.name && isAccepted(other))
    .flatMap(({ status }) => (status?.acceptedNames ? [status.acceptedNames] : []));
  return {
    resources: new Set([
      ...builtIn.flatMap(({ resource, singular, shortNames }) => [resource, singular, ...shortNames]),
      ...others.flatMap(({ plural, singular = '', shortNames = [] }) => [plural, singular, ...shortNames]),
    ]),
    kinds: new Set([
      ...builtIn.flatMap(({ kind, listKind }) => [kind, listKind]),
      ...others.flatMap(({ kind, listKind = '' }) => [kind, listKind]),
    ]),
  };
};

export interface Conflict {
  readonly reason: string;
  readonly message: string;
}

/** The first name that is taken. */
export const conflictOf = (crd: CustomResourceDefinition, all: readonly CustomResourceDefinition[]): Conflict | undefined => {
  const taken = takenBy(crd, all);
  const { plural, singular = '', shortNames = [], kind, listKind = '' } = crd.spec.names;
  const wanted: readonly (readonly [string, string, ReadonlySet<string>])[] = [
    ['PluralConflict', plural, taken.resources],
    ['SingularConflict', singular, taken.resources],
    ...shortNames.map((name) => ['ShortNamesConflict', name, taken.resources] as const),
    ['KindConflict', kind, taken.kinds],
    ['ListKindConflict', listKind, taken.kinds],
  ];
  const found = wanted.find(([, name, names]) => name !== '' && names.has(name));
  return found && { reason: found[0], message: `${JSON.stringify(found[1])} is already in use` };
};
