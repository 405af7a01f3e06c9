/**
 * The three patch types as functions from a served object to the patched one. A patch is read once and applied again to newer state when a
 * race is lost.
 */
import type { Struct } from '#schema/dsl/field.ts';
import { JsonError, parseJson } from '#schema/dsl/json.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { jsonPatch } from '#schema/patch/json.ts';
import { mergePatch } from '#schema/patch/merge.ts';
import { noMap, PatchError } from '#schema/patch/patch-error.ts';
import { strategicMerge } from '#schema/patch/strategic-merge.ts';
import { applyType } from './applying.ts';
import { mediaType, readBytes } from './body.ts';
import { ApiError, badRequest, unsupportedMediaType } from './errors.ts';
import { patchRefusal } from './patch-refusal.ts';

const strategicType = 'application/strategic-merge-patch+json';

const applies: Readonly<Record<string, (schema: Struct<any>, original: unknown, patch: unknown) => unknown>> = {
  'application/json-patch+json': (_schema, original, patch) => jsonPatch(original, patch),
  'application/merge-patch+json': (_schema, original, patch) => {
    if (typeof patch !== 'object' || Array.isArray(patch)) throw badRequest(`error decoding patch: ${noMap(patch).message}`);
    return mergePatch(original, patch);
  },
  [strategicType]: strategicMerge,
};

const rejected = 'the server rejected our request due to an error in our request';

export interface ReadPatch {
  /** @throws ApiError when the patch does not fit */
  readonly apply: (original: unknown) => unknown;
  readonly duplicates: readonly string[];
  /** Says why `patched` cannot be, in the words of this type of patch. */
  readonly refusal: (patched: unknown) => (why: string) => ApiError;
}

const parsePatch = (bytes: Uint8Array, type: string): ReturnType<typeof parseJson> => {
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw badRequest(type === strategicType ? error.message : `error decoding patch: ${error.message}`);
  }
};

export interface Patched {
  readonly schema: Struct<any>;
  readonly kind: string;
  /** False for custom resources: their schemas have no merge keys. */
  readonly strategic: boolean;
}

/** @throws ApiError UnsupportedMediaType, BadRequest */
export const readPatch = async (request: Request, { schema, strategic }: Patched): Promise<ReadPatch> => {
  const type = mediaType(request);
  const apply = type === strategicType && !strategic ? undefined : getOwn(applies, type);
  if (!apply) {
    const known = Object.keys(applies).filter((t) => strategic || t !== strategicType);
    throw unsupportedMediaType([...known, applyType].join(', '));
  }
  const bytes = await readBytes(request);
  const { value, duplicates } = parsePatch(bytes, type);
  return {
    duplicates,
    refusal: (patched) => patchRefusal(type === strategicType, type === strategicType ? value : patched),
    apply: (original) => {
      try {
        return apply(schema, original, value);
      } catch (error) {
        if (!(error instanceof PatchError)) throw error;
        if (error.status === 400) throw badRequest(error.message);
        // Kubernetes tells nothing of why a JSON patch does not apply
        if (error.status === 422 && type === 'application/json-patch+json') throw new ApiError('Invalid', rejected, {});
        throw new ApiError(error.status === 413 ? 'RequestEntityTooLarge' : 'Invalid', error.message, {});
      }
    },
  };
};
