/** Patterns of schemas: RE2, so that no pattern of a client costs more than its length times that of the text. Compiled once and kept. */
import { RE2JS } from 're2js';

const MAX_KEPT = 500;
const kept = new Map<string, RE2JS | string>();

export type Compiled = RE2JS;

/** The pattern ready for use, or why it cannot be used. */
export const compilePattern = (pattern: string): Compiled | string => {
  let found = kept.get(pattern);
  if (found === undefined) {
    try {
      found = RE2JS.compile(pattern);
    } catch (error) {
      found = error instanceof Error ? error.message : String(error);
    }
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(pattern, found);
  }
  return found;
};

/** Why the pattern cannot be used; undefined when it can. */
export const patternProblem = (pattern: string): string | undefined => {
  const found = compilePattern(pattern);
  return typeof found === 'string' ? found : undefined;
};

/** Whether the pattern is found anywhere in the text. One that cannot be used matches nothing. */
export const matchesPattern = (pattern: string, text: string): boolean => {
  const found = compilePattern(pattern);
  return typeof found !== 'string' && found.matcher(text).find();
};
