/** What `kedge restore` and `kedge clone` are asked and say alike. */
import { parseTime } from '#schema/meta/time.ts';
import { PersonError } from '../person-error.ts';
import type { LocalPlatform } from './database.ts';
import type { Loaded, Moment } from './load.ts';

/** @throws PersonError */
export const momentOf = (text: string | undefined): Moment | undefined => {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return { revision: Number(text) };
  const timeMs = parseTime(text);
  if (Number.isNaN(timeMs)) throw new PersonError(`--at ${text}: a revision, or a time such as 2026-01-31T12:00:00Z.`);
  return { timeMs };
};

/** @throws PersonError */
export const platformOf = (text: string | undefined, option: string): LocalPlatform => {
  if (text === undefined || text === 'node' || text === 'workers') return text ?? 'node';
  throw new PersonError(`--${option} ${text}: node or workers.`);
};

/** `keys`: ids of those that are there to open what is sealed. */
export const report = (loaded: Loaded, clusterUid: string, keys: readonly string[]): void => {
  console.log(
    `  ✓ Cluster ${clusterUid.slice(0, 8)} as of revision ${loaded.revision}: ${loaded.objects} objects, ${loaded.versions} versions`,
  );
  if (loaded.lost.length > 0) {
    const more = loaded.lost.length > 10 ? `, and ${loaded.lost.length - 10} more` : '';
    console.log(`  ! These lived then, but the history no longer held them: ${loaded.lost.slice(0, 10).join(', ')}${more}`);
  }
  for (const [id, versions] of loaded.sealedWith)
    if (!keys.includes(id))
      console.log(`  ! ${versions} versions of Secrets are sealed with key ${id}, which is not among these keys: nobody opens them.`);
  if (!loaded.complete) console.log('  ! The history did not reach back to that moment for every kind: objects may be missing.');
};
