/** Whether wrangler may act on an account, and what a first-time user has to do before. */
import { PersonError } from '../person-error.ts';
import type { WranglerPort } from './wrangler-port.ts';

export const loginSteps = `Cloudflare does not know you yet. Once:
  1. make a free account: https://dash.cloudflare.com/sign-up (the free plan carries about 100 idle nodes)
  2. log in: npx wrangler login
     or, without a browser, make an API token with the template "Edit Cloudflare Workers" at
     https://dash.cloudflare.com/profile/api-tokens and export CLOUDFLARE_API_TOKEN=...
  3. run kedge deploy again`;

export const databaseSteps = `A database is needed. Once, with Turso (free):
  1. install its command and log in: curl -sSfL https://get.tur.so/install.sh | bash && turso auth signup
  2. make a database: turso db create kedge
  3. run: KEDGE_DATABASE_TOKEN="$(turso db tokens create kedge)" kedge deploy --database-url "$(turso db show kedge --url)"
Any libSQL server over HTTP does as well.`;

export interface Account {
  /** E-mail or name, for people. */
  readonly name: string;
}

/** @throws PersonError with the steps of a first-time user */
export const readAccount = async (wrangler: WranglerPort): Promise<Account> => {
  const { code, output } = await wrangler({ args: ['whoami', '--json'] });
  if (code !== 0) throw new PersonError(loginSteps);
  try {
    const said = JSON.parse(output.slice(output.indexOf('{'))) as { loggedIn?: boolean; email?: string; accounts?: { name?: string }[] };
    if (said.loggedIn === false) throw new PersonError(loginSteps);
    return { name: said.email ?? said.accounts?.[0]?.name ?? 'this account' };
  } catch (error) {
    if (error instanceof PersonError) throw error;
    if (/not authenticated|not logged in/i.test(output)) throw new PersonError(loginSteps);
    return { name: 'this account' };
  }
};
