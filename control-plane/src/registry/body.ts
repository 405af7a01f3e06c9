/**
 * Stored bodies: JSON in the stored version, apiVersion and kind first, metadata next, without metadata.resourceVersion (the store's revision
 * is it). Replies splice the revision in, so that nothing is parsed when nothing must look inside.
 */
import { type KubeObject, type ResourceDefinition, storedApiVersion } from '#schema/resource.ts';
import type { StoredObject } from '../store/store.ts';

/** A custom resource that nobody converted stays in the version it is in: only its shape can tell what it is. */
const bodyVersion = (definition: ResourceDefinition, { apiVersion }: KubeObject): string => {
  const { group, versions } = definition;
  const own = versions.some(({ typeSchema, version }) => typeSchema && `${group}/${version}` === apiVersion);
  return own ? apiVersion! : storedApiVersion(definition);
};

/** Text of a body as it is stored. Drops resourceVersion. */
export const encodeBody = (definition: ResourceDefinition, object: KubeObject): string => {
  const { apiVersion: _a, kind: _k, metadata, ...rest } = object;
  const { resourceVersion: _rv, selfLink: _sl, ...meta } = metadata;
  return JSON.stringify({ apiVersion: bodyVersion(definition, object), kind: definition.kind, metadata: meta, ...rest });
};

/**
 * What a sealed object leaves when it is deleted: enough to tell watchers and their selectors which one it was, and nothing of what it held. Annotations may
 * hold a copy of the data, so they go too.
 */
export const encodeTombstone = (definition: ResourceDefinition, object: KubeObject): string => {
  const { annotations: _, managedFields: _mf, ...metadata } = object.metadata;
  const plain = Object.entries(object).filter(([name, value]) => name !== 'metadata' && typeof value !== 'object');
  return encodeBody(definition, { ...Object.fromEntries(plain), metadata } as KubeObject);
};

const anchor = '"metadata":{';

/** Where the metadata of a body of encodeBody begins: the index of its brace. */
export const metadataStart = (body: string): number => body.indexOf(anchor) + anchor.length - 1;

/** The served JSON, `body` with its resourceVersion, in two: little, and all the rest, which is not copied. `body` must come from encodeBody. */
export const splicedParts = (body: string, revision: number): readonly [string, string] => {
  const at = metadataStart(body) + 1;
  return [`${body.slice(0, at)}"resourceVersion":"${revision}",`, body.slice(at)];
};

/** The served JSON: `body` with its resourceVersion. `body` must come from encodeBody. */
export const spliceRevision = (body: string, revision: number): string => {
  const [first, rest] = splicedParts(body, revision);
  return first + rest;
};

/** Parsed, with resourceVersion. The caller owns the result. */
export const parseBody = (body: string, revision: number): KubeObject => {
  const object = JSON.parse(body) as KubeObject;
  object.metadata.resourceVersion = String(revision);
  return object;
};

const encoder = new TextEncoder();

/** UTF-8 length; encodes only a text that might be above `limit`. */
export const exceedsBytes = (text: string, limit: number): boolean =>
  text.length > limit || (text.length * 3 > limit && encoder.encode(text).length > limit);

/** A stored object whose body is readable JSON (opened when its kind is sealed). */
export type OpenObject = StoredObject;
