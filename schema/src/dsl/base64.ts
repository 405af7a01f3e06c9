/**
 * Standard base64 (RFC 4648, padded), as Kubernetes writes `[]byte` fields. Own code because schema/ has neither `atob` nor `Buffer`.
 * Decoding is as strict as Go's: padding is demanded, line breaks are skipped, anything else is refused with its offset.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 61;

const values = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;

export class Base64Error extends Error {
  override readonly name = 'Base64Error';
}

export const encodeBase64 = (bytes: Uint8Array): string => {
  const parts: string[] = [];
  let out = '';
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const n = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    out += alphabet[n >> 18]! + alphabet[(n >> 12) & 63]! + alphabet[(n >> 6) & 63]! + alphabet[n & 63]!;
    if (out.length > 8192) {
      parts.push(out);
      out = '';
    }
  }
  if (i + 1 === bytes.length) {
    const n = bytes[i]! << 16;
    out += `${alphabet[n >> 18]}${alphabet[(n >> 12) & 63]}==`;
  } else if (i + 2 === bytes.length) {
    const n = (bytes[i]! << 16) | (bytes[i + 1]! << 8);
    out += `${alphabet[n >> 18]}${alphabet[(n >> 12) & 63]}${alphabet[(n >> 6) & 63]}=`;
  }
  parts.push(out);
  return parts.join('');
};

/** The canonical text of a base64 string (line breaks removed). @throws Base64Error with Go's wording when it is not base64. */
export const canonicalBase64 = (text: string): string => {
  const clean = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, '') : text;
  let end = clean.length;
  if (end > 0 && clean.charCodeAt(end - 1) === PAD) end--;
  if (end > 0 && end < clean.length && clean.charCodeAt(end - 1) === PAD) end--;
  for (let i = 0; i < end; i++) {
    const code = clean.charCodeAt(i);
    if (code > 127 || values[code]! < 0) throw new Base64Error(`illegal base64 data at input byte ${i}`);
  }
  if (clean.length % 4 !== 0) throw new Base64Error(`illegal base64 data at input byte ${Math.max(0, clean.length - (clean.length % 4))}`);
  return clean;
};

/** @throws Base64Error when the text is not padded base64. */
export const decodeBase64 = (text: string): Uint8Array => {
  const clean = canonicalBase64(text);
  const padding = clean.endsWith('==') ? 2 : clean.endsWith('=') ? 1 : 0;
  const out = new Uint8Array((clean.length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < clean.length; i += 4) {
    const n =
      (values[clean.charCodeAt(i)]! << 18) |
      (values[clean.charCodeAt(i + 1)]! << 12) |
      ((values[clean.charCodeAt(i + 2)]! & 63) << 6) |
      (values[clean.charCodeAt(i + 3)]! & 63);
    out[at++] = n >> 16;
    if (at < out.length) out[at++] = n >> 8;
    if (at < out.length) out[at++] = n;
  }
  return out;
};

/** Length in bytes of what a base64 text holds, without decoding it. */
export const base64ByteLength = (text: string): number =>
  Math.max(0, Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0));
