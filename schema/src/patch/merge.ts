/**
 * JSON merge patch (RFC 7386). `null` deletes, objects merge, everything else replaces.
 */
import { cloneJson, getOwn, isObject, type JsonObject, setOwn } from '../dsl/own.ts';

export { PatchError } from './patch-error.ts';

/** The patched value; neither argument is changed and the result shares nothing with the patch. */
export const mergePatch = (original: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return cloneJson(patch);
  const out: JsonObject = isObject(original) ? { ...original } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete out[key];
    else if (isObject(value)) setOwn(out, key, mergePatch(getOwn(out, key), value));
    else setOwn(out, key, cloneJson(value));
  }
  return out;
};
