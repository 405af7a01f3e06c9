/** Keys of a ConfigMap or Secret as files: all of them, or the `items` that name path and mode. */
import type { Payload, PayloadFile } from './payload.ts';
import { VolumeError } from './volume.ts';

export interface KeySelection {
  readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[];
  readonly defaultMode: number;
  readonly optional: boolean;
}

export const DEFAULT_MODE = 0o644;

/** `what`: `configmap "x"` for the message. @throws VolumeError for a missing key. */
export const selectKeys = (values: ReadonlyMap<string, Uint8Array>, selection: KeySelection, what: string): Payload => {
  const files = new Map<string, PayloadFile>();
  if (!selection.items?.length) {
    for (const [key, data] of values) files.set(key, { data, mode: selection.defaultMode });
    return files;
  }
  for (const { key, path, mode } of selection.items) {
    const data = values.get(key);
    if (data) files.set(path, { data, mode: mode ?? selection.defaultMode });
    else if (!selection.optional) throw new VolumeError(`${what} references non-existent config key: ${key}`);
  }
  return files;
};
