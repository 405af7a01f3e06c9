/** When a certificate ends, read from its DER without cryptography. Only as much of X.509 as leads there. */
import { decodeBase64 } from '#schema/dsl/base64.ts';
import { decodeUtf8 } from '#schema/dsl/utf8.ts';
import { parseTime } from '#schema/meta/time.ts';

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** undefined: no element begins there. */
const elementAt = (der: Uint8Array, at: number): Element | undefined => {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) return undefined;
  const start = at + 2 + lengthBytes;
  let length = first;
  if (lengthBytes > 0) {
    length = 0;
    for (let i = at + 2; i < start; i++) length = length * 256 + (der[i] ?? 0);
  }
  const end = start + length;
  return end <= der.length ? { tag, start, end } : undefined;
};

const childrenOf = (der: Uint8Array, parent: Element | undefined): Element[] => {
  const children: Element[] = [];
  for (let at = parent?.start ?? 0; parent && at < parent.end; ) {
    const child = elementAt(der, at);
    if (!child || child.end > parent.end) return [];
    children.push(child);
    at = child.end;
  }
  return children;
};

const UTC_TIME = 0x17;
const VERSION = 0xa0;

/** `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` as Unix ms. */
const timeOf = (der: Uint8Array, { tag, start, end }: Element): number | undefined => {
  const text = decodeUtf8(der.subarray(start, end));
  const full = tag === UTC_TIME ? (text < '5' ? `20${text}` : `19${text}`) : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const ms = parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
};

/** Unix ms of the first certificate in a PEM text; undefined where there is none that can be read. */
export const notAfterOf = (pem: string): number | undefined => {
  const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,100000})-----END CERTIFICATE-----/.exec(pem)?.[1];
  if (!block) return undefined;
  let der: Uint8Array;
  try {
    der = decodeBase64(block.replaceAll(/\s/g, ''));
  } catch {
    return undefined;
  }
  const [signed] = childrenOf(der, elementAt(der, 0));
  const fields = childrenOf(der, signed);
  // version (optional), serial number, algorithm, issuer, validity
  const validity = fields[fields[0]?.tag === VERSION ? 4 : 3];
  const end = childrenOf(der, validity)[1];
  return end && timeOf(der, end);
};
