/**
 * UTF-8 for code that has no TextEncoder. Malformed input becomes U+FFFD and never fails, as Go's JSON encoder does with such strings.
 */
const CHUNK = 4096;

const flush = (units: number[]): string => String.fromCharCode.apply(null, units);

export const decodeUtf8 = (bytes: Uint8Array, start = 0, end: number = bytes.length): string => {
  const size = end - start;
  if (size <= 24) {
    let text = '';
    let i = start;
    for (; i < end && bytes[i]! < 0x80; i++) text += String.fromCharCode(bytes[i]!);
    if (i === end) return text;
  }
  let text = '';
  let units: number[] = [];
  let i = start;
  while (i < end) {
    if (units.length >= CHUNK) {
      text += flush(units);
      units = [];
    }
    const b = bytes[i]!;
    if (b < 0x80) {
      units.push(b);
      i++;
      continue;
    }
    const need = b >= 0xf0 && b <= 0xf4 ? 3 : b >= 0xe0 && b < 0xf0 ? 2 : b >= 0xc2 && b < 0xe0 ? 1 : 0;
    let point = need === 3 ? b & 0x07 : need === 2 ? b & 0x0f : b & 0x1f;
    let good = need > 0 && i + need < end;
    for (let k = 1; good && k <= need; k++) {
      const c = bytes[i + k]!;
      if ((c & 0xc0) !== 0x80) good = false;
      else point = (point << 6) | (c & 0x3f);
    }
    const overlong = (need === 2 && point < 0x800) || (need === 3 && point < 0x10000);
    if (!good || overlong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
      units.push(0xfffd);
      i++;
      continue;
    }
    if (point > 0xffff) {
      point -= 0x10000;
      units.push(0xd800 | (point >> 10), 0xdc00 | (point & 0x3ff));
    } else units.push(point);
    i += need + 1;
  }
  return text + flush(units);
};

/** Bytes the text takes in UTF-8. */
export const utf8Length = (text: string): number => {
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x80) n += 1;
    else if (c < 0x800) n += 2;
    else if (c >= 0xd800 && c < 0xdc00 && text.charCodeAt(i + 1) >> 10 === 0x37) {
      n += 4;
      i++;
    } else n += 3;
  }
  return n;
};

export const encodeUtf8 = (text: string): Uint8Array => {
  const out = new Uint8Array(utf8Length(text));
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c < 0x80) {
      out[at++] = c;
    } else if (c < 0x800) {
      out[at++] = 0xc0 | (c >> 6);
      out[at++] = 0x80 | (c & 0x3f);
    } else if (c >= 0xd800 && c < 0xdc00 && text.charCodeAt(i + 1) >> 10 === 0x37) {
      c = 0x10000 + ((c & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      out[at++] = 0xf0 | (c >> 18);
      out[at++] = 0x80 | ((c >> 12) & 0x3f);
      out[at++] = 0x80 | ((c >> 6) & 0x3f);
      out[at++] = 0x80 | (c & 0x3f);
    } else {
      if (c >= 0xd800 && c < 0xe000) c = 0xfffd;
      out[at++] = 0xe0 | (c >> 12);
      out[at++] = 0x80 | ((c >> 6) & 0x3f);
      out[at++] = 0x80 | (c & 0x3f);
    }
  }
  return out;
};
