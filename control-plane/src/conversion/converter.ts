/**
 * Versions of custom resources: by apiVersion alone, or by the webhook of their definition. Objects may be stored in any version that was ever the stored
 * one. What a webhook made of an object is kept for a while, by content, so that functions that cannot wait find it. Neighbour: unconverted.ts.
 */
import type { CustomResourceDefinition } from '#schema/apiextensions/custom-resource-definition.ts';
import { decode } from '#schema/dsl/decode.ts';
import type { KubeObject, ResourceDefinition, ServedVersion } from '#schema/resource.ts';
import type { WebhookClient } from '../admission/webhooks/client.ts';
import type { Random } from '../platform/platform.ts';
import { type Conversion, convertObjects } from './conversion-review.ts';
import { Unconverted } from './unconverted.ts';

/** Converted objects that are kept of one definition. */
const maxKept = 256;

export interface Converter {
  /** The same kind, as `version` has it, with conversions that follow its CustomResourceDefinition. Made once for each definition. */
  convertible(definition: ResourceDefinition, crd: CustomResourceDefinition, version: string): ResourceDefinition;
}

/** Stored objects in a version, many at once. */
export interface Batch {
  /** In order. Not kept. */
  readonly many: (objects: readonly KubeObject[]) => Promise<KubeObject[]>;
  /** So that `fromStorage` has them, for a moment: a hundred at a time. */
  readonly keep: (objects: readonly KubeObject[]) => Promise<void>;
}

const batches = new WeakMap<ServedVersion, Batch>();

/** undefined: `fromStorage` of the version needs nobody. */
export const batchOf = (served: ServedVersion): Batch | undefined => batches.get(served);

/** By content: the revision says nothing of it. */
const keyOf = (desired: string, { metadata: { resourceVersion: _, ...metadata }, ...rest }: KubeObject): string =>
  `${desired}\n${JSON.stringify([metadata, rest])}`;

const usesWebhook = ({ spec }: CustomResourceDefinition): boolean => spec.conversion?.strategy === 'Webhook';
const mixed = ({ status }: CustomResourceDefinition): boolean => (status?.storedVersions?.length ?? 0) > 1;

export const createConverter = (client: WebhookClient, random: Pick<Random, 'uuid'>): Converter => {
  const made = new WeakMap<ResourceDefinition, ResourceDefinition>();
  const memos = new WeakMap<CustomResourceDefinition, Map<string, KubeObject>>();

  /** What a conversion made, pruned as the version has it. */
  const received = (served: ServedVersion, { apiVersion, kind, ...rest }: KubeObject): KubeObject => {
    const { value } = decode<KubeObject>(served.schema, { apiVersion, kind, ...rest }, { strict: false });
    return { ...value, apiVersion: apiVersion!, kind: kind! };
  };

  const conversionsOf = (crd: CustomResourceDefinition, versions: readonly ServedVersion[], served: ServedVersion) => {
    const { group, names, conversion } = crd.spec;
    const desired = `${group}/${served.version}`;
    const memo = memos.get(crd) ?? new Map<string, KubeObject>();
    memos.set(crd, memo);
    const asked: Conversion = {
      config: conversion?.webhook?.clientConfig ?? {},
      group,
      kind: names.kind,
      desired,
      uid: () => random.uuid(),
    };
    const ask = async (objects: readonly KubeObject[]): Promise<KubeObject[]> =>
      (await convertObjects(client, asked, objects)).map((object) => received(served, object));
    /** Given out by `many`. */
    const done = new WeakSet<KubeObject>();
    /** As the version it was written in has it now. */
    const own = (object: KubeObject): KubeObject => {
      const version = versions.find((one) => `${group}/${one.version}` === object.apiVersion);
      return version?.complete ? version.complete(object) : object;
    };

    const one = (written: KubeObject): KubeObject => {
      if (done.has(written)) return written;
      const object = own(written);
      if (object.apiVersion === desired) return object;
      if (!usesWebhook(crd)) return received(served, { ...object, apiVersion: desired, kind: names.kind });
      const { resourceVersion } = object.metadata;
      const known = memo.get(keyOf(desired, object));
      if (!known) {
        const copy = structuredClone(object);
        throw new Unconverted(() => keep([copy]));
      }
      const copy = structuredClone(known);
      if (resourceVersion === undefined) delete copy.metadata.resourceVersion;
      else copy.metadata.resourceVersion = resourceVersion;
      return copy;
    };

    const keep: Batch['keep'] = async (written) => {
      const missing = written.map(own).filter((object) => object.apiVersion !== desired && !memo.has(keyOf(desired, object)));
      if (missing.length === 0) return;
      for (const [i, converted] of (await many(missing)).entries()) {
        if (memo.size >= maxKept) memo.delete(memo.keys().next().value!);
        memo.set(keyOf(desired, missing[i]!), converted);
      }
    };

    const many: Batch['many'] = async (written) => {
      const objects = written.map(own);
      const results = [...objects];
      // a review is about objects of one version
      const byVersion = Map.groupBy(objects.keys(), (i) => objects[i]!.apiVersion ?? '');
      for (const [version, indexes] of byVersion) {
        if (version === desired) continue;
        const converted = await ask(indexes.map((i) => objects[i]!));
        for (const [at, i] of indexes.entries()) results[i] = converted[at]!;
      }
      for (const object of results) done.add(object);
      return results;
    };
    return { one, many, keep };
  };

  const versionOf = (crd: CustomResourceDefinition, { versions }: ResourceDefinition, version: ServedVersion): ServedVersion => {
    if (version.storage && !mixed(crd)) return version;
    const stored = versions.find(({ storage }) => storage)!;
    const { one, many, keep } = conversionsOf(crd, versions, version);
    const { one: back } = conversionsOf(crd, versions, stored);
    const convertible: ServedVersion = {
      ...version,
      fromStorage: one,
      ...(version.storage || !usesWebhook(crd) ? {} : { toStorage: back }),
    };
    if (usesWebhook(crd)) batches.set(convertible, { many, keep });
    return convertible;
  };

  /** What a version says of its own shape, told of stored objects. */
  const inVersion = (crd: CustomResourceDefinition, definition: ResourceDefinition, served: ServedVersion): Partial<ResourceDefinition> => {
    const { scale, selectableFields, validate } = definition;
    const view = (object: any): any => served.fromStorage?.(object) ?? object;
    const fields = Object.entries(selectableFields).map(([name, field]) => [name, (object: any) => field(view(object))]);
    const set = (object: any, replicas: number): void => {
      const seen = structuredClone(view(object));
      scale!.setReplicas(seen, replicas);
      const stored = served.toStorage?.(seen) ?? seen;
      for (const name of Object.keys(object)) delete object[name];
      Object.assign(object, stored);
    };
    const judged = (object: KubeObject): KubeObject => ({ ...view(object), metadata: object.metadata });
    return {
      ...(usesWebhook(crd) ? { validate: (object, old) => validate!(judged(object), old && judged(old)) } : {}),
      selectableFields: Object.fromEntries(fields),
      ...(scale
        ? {
            scale: {
              replicas: (object) => scale.replicas(view(object)),
              setReplicas: set,
              statusReplicas: (object) => scale.statusReplicas(view(object)),
              selector: (object) => scale.selector(view(object)),
            },
          }
        : {}),
    };
  };

  return {
    convertible: (definition, crd, asked) => {
      if (!usesWebhook(crd) && !mixed(crd)) return definition;
      const known = made.get(definition);
      if (known) return known;
      const versions = definition.versions.map((version) => versionOf(crd, definition, version));
      const convertible = { ...definition, versions, ...inVersion(crd, definition, versions.find(({ version }) => version === asked)!) };
      made.set(definition, convertible);
      return convertible;
    },
  };
};
