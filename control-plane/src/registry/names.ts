/**
 * Names the server makes: prefix plus five characters that make no words, as upstream's names.SimpleNameGenerator.
 */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxNameLength = 63;

/**
 * Numbers in [0, 1) that follow from a text: what is picked for a write that is tried again is the same each time. Not for secrets.
 */
export const repeatable = (text: string): (() => number) => {
  let state = 2_166_136_261;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 16_777_619);
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 3_266_489_917);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
};

/** How often a create with generateName tries another name before it answers AlreadyExists. */
export const maxNameTries = 8;

export const randomSuffix = (random: () => number, length = suffixLength): string => {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += alphabet[Math.min(alphabet.length - 1, Math.floor(random() * alphabet.length))];
  return suffix;
};

/** The prefix is cut so that the whole fits a DNS label. */
export const generateName = (prefix: string, random: () => number): string =>
  `${prefix.slice(0, maxNameLength - suffixLength)}${randomSuffix(random)}`;
