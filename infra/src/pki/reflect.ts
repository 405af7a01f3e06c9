/**
 * The part of the metadata reflection API that the dependency-injection library inside @peculiar/x509 asks for; it refuses to load without.
 * Import this before that package. An implementation that is there already is left alone.
 */
type Key = string | symbol;

const metadata = new WeakMap<object, Map<Key, unknown>>();

const define = (key: Key, value: unknown, target: object): void => {
  const entries = metadata.get(target) ?? new Map<Key, unknown>();
  metadata.set(target, entries.set(key, value));
};

const getOwn = (key: Key, target: object): unknown => metadata.get(target)?.get(key);

const get = (key: Key, target: object): unknown => {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const value = getOwn(key, at);
    if (value !== undefined) return value;
  }
  return undefined;
};

const reflect = Reflect as unknown as Record<string, unknown>;
if (!reflect.getMetadata) Object.assign(reflect, { defineMetadata: define, getMetadata: get, getOwnMetadata: getOwn });
