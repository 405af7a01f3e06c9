/**
 * The metadata of a stored body, found without parsing: it is half of a pod, and answers that show little else of an object carry it as it is.
 * Bodies are those of encodeBody: JSON without spaces, metadata before everything that could hold another of its name.
 */
import type { KubeObject } from '#schema/resource.ts';
import { metadataStart } from './body.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Index after the closing quote of the string whose opening quote is at `at`. */
const stringEnd = (text: string, at: number): number => {
  for (let end = text.indexOf('"', at + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  throw new SyntaxError('a string of a stored body does not end');
};

/** Index after the object or array that begins at `at`. */
const valueEnd = (text: string, at: number): number => {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = stringEnd(text, i) - 1;
    // { [
    else if (code === 0x7b || code === 0x5b) depth++;
    // } ]
    else if (code === 0x7d || code === 0x5d) {
      depth--;
      if (depth === 0) return i + 1;
    }
  }
  throw new SyntaxError('a stored body does not end');
};

const spanOf = (body: string): { readonly start: number; readonly end: number } => {
  const start = metadataStart(body);
  return { start, end: valueEnd(body, start) };
};

/** The served JSON of its metadata. */
export const metadataText = (body: string, revision: number): string => {
  const { start, end } = spanOf(body);
  return `{"resourceVersion":"${revision}",${body.slice(start + 1, end)}`;
};

// in a string its quotes would be escaped
const managers = ',"managedFields":[';

/** Parsed for a look at what it is: nobody is told to have set its fields. The caller owns the result. */
export const parseWithoutManagers = (body: string): KubeObject => {
  const { start, end } = spanOf(body);
  const at = body.indexOf(managers, start);
  if (at < 0 || at > end) return JSON.parse(body) as KubeObject;
  return JSON.parse(body.slice(0, at) + body.slice(valueEnd(body, at + managers.length - 1))) as KubeObject;
};
