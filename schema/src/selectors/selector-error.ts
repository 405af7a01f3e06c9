/** A selector text that cannot be read. Answered with 400; the message has upstream's wording. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}
