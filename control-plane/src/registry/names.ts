/**
 * Names the server makes: prefix plus five characters that make no words, as upstream's names.SimpleNameGenerator.
 */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const maxNameLength = 63;

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
