/** The served versions of a definition as structured merge wants them: types, and the way from one version to another through the stored one. */
import { typeSchemaOf } from '#schema/apply/struct-schema.ts';
import type { TypeSchema } from '#schema/apply/type-schema.ts';
import type { VersionOf, VersionView } from '#schema/apply/version-view.ts';
import { type KubeObject, type ResourceDefinition, type ServedVersion, storedApiVersion } from '#schema/resource.ts';

export const apiVersionOf = (definition: ResourceDefinition, version: ServedVersion): string => {
  const group = version.group ?? definition.group;
  return group ? `${group}/${version.version}` : version.version;
};

export const typeOfVersion = (version: ServedVersion): TypeSchema => version.typeSchema ?? typeSchemaOf(version.schema);

type Convert = (object: any) => any;

const through = (first: Convert | undefined, second: Convert | undefined): Convert => {
  if (!first) return second ?? ((object) => object);
  return second ? (object) => second(first(object)) : first;
};

const known = new WeakMap<ResourceDefinition, Map<string, VersionOf>>();

const viewsFrom = (definition: ResourceDefinition, from: string): VersionOf => {
  const versions = new Map(definition.versions.map((v) => [apiVersionOf(definition, v), v]));
  const request = versions.get(from);
  const views = new Map<string, VersionView>();
  for (const [apiVersion, version] of versions) {
    const same = version === request;
    views.set(apiVersion, {
      type: typeOfVersion(version),
      fromRequest: same ? (object) => object : through(request?.toStorage, version.fromStorage),
      toRequest: same ? (object) => object : through(version.toStorage, request?.fromStorage),
    });
  }
  return (apiVersion) => views.get(apiVersion);
};

/** Views of all versions for objects in version `from`; default: the stored one. */
export const versionViews = (definition: ResourceDefinition, from: string = storedApiVersion(definition)): VersionOf => {
  let views = known.get(definition);
  if (!views) {
    views = new Map();
    known.set(definition, views);
  }
  let found = views.get(from);
  if (!found) {
    found = viewsFrom(definition, from);
    views.set(from, found);
  }
  return found;
};

/** The same for a kind that is no definition of its own, such as Scale. */
export const soleView =
  (type: TypeSchema): VersionOf =>
  () => ({ type, fromRequest: (object) => object, toRequest: (object) => object });

/** What was stored in another version, or when the schema was another, in the one that is stored now. The same object where it is so already. */
export const present = (definition: ResourceDefinition, object: KubeObject): KubeObject => {
  const { fromStorage, complete } = definition.versions.find(({ storage }) => storage)!;
  if (object.apiVersion === storedApiVersion(definition)) return complete ? complete(object) : object;
  return fromStorage ? fromStorage(object) : object;
};
