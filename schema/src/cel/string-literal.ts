/** Escapes of CEL's texts and bytes. */
import { encodeUtf8 } from '../dsl/utf8.ts';

const plain: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

const escapes = /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([abfnrtv\\?"'`]))/y;

/** The value of a literal's body; undefined when an escape is none. Escapes in bytes are bytes, in text they are characters. */
export const readEscapes = (body: string, bytes: boolean): string | Uint8Array | undefined => {
  const parts: (string | number)[] = [];
  let pos = 0;
  while (pos < body.length) {
    const next = body.indexOf('\\', pos);
    if (next < 0) {
      parts.push(body.slice(pos));
      break;
    }
    if (next > pos) parts.push(body.slice(pos, next));
    escapes.lastIndex = next;
    const found = escapes.exec(body);
    if (!found) return undefined;
    const [all, x, bigX, u, bigU, octal, sign] = found;
    const unicode = u ?? bigU;
    if (sign !== undefined) parts.push(plain[sign]!);
    else if (unicode === undefined) parts.push(octal === undefined ? Number.parseInt((x ?? bigX)!, 16) : Number.parseInt(octal, 8));
    else {
      const code = Number.parseInt(unicode, 16);
      if (bytes || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
      parts.push(String.fromCodePoint(code));
    }
    pos = next + all.length;
  }
  if (!bytes) return parts.map((part) => (typeof part === 'number' ? String.fromCodePoint(part) : part)).join('');
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...encodeUtf8(part)])));
};
