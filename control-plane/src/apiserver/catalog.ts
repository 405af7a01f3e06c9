/**
 * What is served, indexed for requests: (group, version, resource) -> definition and the served version. One definition may be served in
 * several groups (Event). Custom resources join in ./custom-resources.ts.
 */
import type { ResourceDefinition, ServedVersion } from '#schema/resource.ts';

export interface Served {
  readonly definition: ResourceDefinition;
  readonly served: ServedVersion;
  /** Of the served form; '' for core. */
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`. */
  readonly groupVersion: string;
}

export interface Catalog {
  readonly all: readonly Served[];
  /** Group names as discovery lists them: core first, then in order of appearance. */
  readonly groups: readonly string[];
  find(group: string, version: string, resource: string): Served | undefined;
  /** Empty when the group version is not served. */
  inGroupVersion(group: string, version: string): readonly Served[];
  /** Preferred version first. */
  versionsOf(group: string): readonly string[];
}

const groupVersionOf = (group: string, version: string): string => (group ? `${group}/${version}` : version);

export const servedOf = (definition: ResourceDefinition): Served[] =>
  definition.versions
    .filter((served) => served.served)
    .map((served): Served => {
      const group = served.group ?? definition.group;
      return { definition, served, group, version: served.version, groupVersion: groupVersionOf(group, served.version) };
    });

/** `more` is served beside the definitions. */
export const createCatalog = (definitions: readonly ResourceDefinition[], more: readonly Served[] = []): Catalog => {
  const all = [...definitions.flatMap(servedOf), ...more];
  const index = new Map(all.map((s) => [`${s.groupVersion}/${s.definition.resource}`, s]));
  const groups = ['', ...new Set(all.map((s) => s.group).filter((g) => g !== ''))];
  const versions = new Map(groups.map((g) => [g, [...new Set(all.filter((s) => s.group === g).map((s) => s.version))]]));
  return {
    all,
    groups,
    find: (group, version, resource) => index.get(`${groupVersionOf(group, version)}/${resource}`),
    inGroupVersion: (group, version) => all.filter((s) => s.group === group && s.version === version),
    versionsOf: (group) => versions.get(group) ?? [],
  };
};
