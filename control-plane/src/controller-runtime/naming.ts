/**
 * Names that follow from a seed: deciding the same thing twice asks for the same name, so a repeated create meets AlreadyExists instead of
 * making a second object. The alphabet is Kubernetes' (no vowels, no digits that look like letters).
 */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a over UTF-16 units with a final mix: 64 bits as two halves. Stable for ever: names of existing objects follow from it. */
const hash64 = (text: string): readonly [number, number] => {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  a = Math.imul(a ^ (a >>> 16) ^ b, 0x7feb352d);
  b = Math.imul(b ^ (b >>> 15) ^ a, 0x846ca68b);
  return [(a ^ (a >>> 15)) >>> 0, (b ^ (b >>> 16)) >>> 0];
};

/** `length` letters of Kubernetes' name alphabet, a pure function of the seed. */
export const suffixOf = (seed: string, length = 5): string => {
  const [high, low] = hash64(seed);
  let rest = BigInt(high) * 0x1_0000_0000n + BigInt(low);
  let out = '';
  for (let i = 0; i < length; i++) {
    out += ALPHABET[Number(rest % 27n)];
    rest /= 27n;
  }
  return out;
};

/** 16 hex digits. */
export const hexOf = (seed: string): string =>
  hash64(seed)
    .map((half) => half.toString(16).padStart(8, '0'))
    .join('');

/** Longest base a generated name keeps, as upstream: the whole stays a DNS label. */
const MAX_BASE = 58;

/** `<base><suffix>`: the base is cut so that the name has at most 63 characters. `base` usually ends with `-`. */
export const generatedName = (base: string, seed: string): string => base.slice(0, MAX_BASE) + suffixOf(seed);

/** JSON with sorted keys: equal values give equal text whatever the order of their fields. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
};
