/**
 * What differs from run to run in a client's output, replaced by its name, so that outputs can be compared with goldens. Column widths follow
 * the values, so runs of spaces inside a line become two; indentation stays.
 */

/** Letters and digits that Kubernetes makes generated names of: no vowels, no look-alikes. */
const safe = '[bcdfghjklmnpqrstvwxz2456789]';

export type Mask = readonly [RegExp, string];

/** A test cluster is minutes old: `500m` is half a CPU. */
const age = '(?:\\d+y)?(?:\\d+d)?(?:\\d+h)?(?:[1-9]m)?(?:\\d+s)?';

const masks: readonly Mask[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b(docker|docker-pullable):\/\/[0-9a-f]{64}\b/g, '$1://<id>'],
  [/sha256:[0-9a-f]{64}/g, 'sha256:<id>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>'],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} UTC/g, '<time>'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d{4,5}\b)?/g, '<ip>'],
  [/(resourceVersion: )"\d+"/g, '$1"<rv>"'],
  [/(Resource ?Version: +)\d+/gi, '$1<rv>'],
  [new RegExp(`\\b(kube-api-access-)${safe}{5}\\b`, 'g'), '$1<suffix>'],
  [new RegExp(`\\b([a-z0-9][a-z0-9.-]*?)-${safe}{8,10}-${safe}{5}\\b`, 'g'), '$1-<hash>-<suffix>'],
  [new RegExp(`\\b([a-z][a-z0-9.-]*?)-(?=${safe}*\\d)${safe}{8,10}\\b`, 'g'), '$1-<hash>'],
  [new RegExp(`(pod-template-hash[=:] ?)"?${safe}{8,10}"?`, 'g'), '$1<hash>'],
  [/\(x\d+ over /g, '(x<n> over '],
  [new RegExp(`(?<![\\w.:/-])(?=\\d)${age}(?= ago\\b|\\s|$|\\))(?<=[smhdy])`, 'gm'), '<age>'],
];

/** Applies the caller's masks, then the common ones, and evens out columns. */
export const mask = (text: string, own: readonly Mask[] = []): string => {
  const masked = [...own, ...masks].reduce((result, [pattern, name]) => result.replace(pattern, name), text.replaceAll('\r\n', '\n'));
  return masked
    .split('\n')
    .map((line) => line.replace(/(?<=\S)[ \t]{2,}/g, '  ').trimEnd())
    .join('\n');
};
