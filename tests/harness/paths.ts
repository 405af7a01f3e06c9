/** Where things lie in the repository, for tests that start real programs. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repoDir = fileURLToPath(new URL('../..', import.meta.url));

/** Things that are dear to make and safe to delete; not under version control. */
export const cacheDir = join(repoDir, 'tests/.cache');

/** The Node.js that runs the product (the package `node` of the lock file), not the one that happens to run the tests. */
export const nodePath = join(repoDir, 'node_modules/.bin/node');
