/** Texts as CEL counts them: in code points, each character paid for. */
import { type Budget, CelError } from './errors.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
const ascii = /^[\x00-\x7f]*$/;

/** Code points of a text; characters themselves when they are single units. Paid for. */
export const charactersOf = (text: string, budget: Budget): string | readonly string[] => {
  budget.text(text.length);
  return ascii.test(text) ? text : [...text];
};

export const codePoints = (text: string, budget: Budget): number => charactersOf(text, budget).length;

/** @throws CelError beyond 0 to `most` */
export const indexIn = (index: bigint, most: number): number => {
  if (index < 0n || index > BigInt(most)) throw new CelError(`index out of range: ${index}`);
  return Number(index);
};
