/** Where a passphrase comes from: a file, or the environment. Never the command line, which every process on the machine can read. */
import { readText } from '../cluster/folder.ts';
import { PersonError } from '../person-error.ts';

/** undefined when none is given. @throws PersonError for one that is too short */
export const passphraseOf = (options: Readonly<Record<string, string>>): string | undefined => {
  const file = options['passphrase-file'];
  const text = file === undefined ? process.env.KEDGE_PASSPHRASE : readText(file)?.replace(/\r?\n$/, '');
  if (file !== undefined && text === undefined) throw new PersonError(`There is no file ${file}.`);
  if (text === undefined || text === '') return undefined;
  if (text.length < 8) throw new PersonError('The passphrase has fewer than 8 characters.');
  return text;
};
