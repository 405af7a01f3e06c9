/** `kedge deploy`: the control plane on the user's own Cloudflare account, and again: an upgrade of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { fetch } from 'undici';
import { clusterFolder } from '../cluster/folder.ts';
import type { Command } from '../commands.ts';
import { deploy, describeDeploy } from '../deploy/deploy.ts';
import { realWrangler } from '../deploy/wrangler-port.ts';
import { PersonError } from '../person-error.ts';
import { createProgress } from '../progress.ts';

const answerMs = 120_000;

/** A new address takes a while until it is known everywhere. */
const firstAnswer = async (url: string): Promise<void> => {
  const deadline = performance.now() + answerMs;
  for (;;) {
    const found = await fetch(`${url}/readyz?verbose`, { signal: AbortSignal.timeout(10_000) }).then(
      async (response) => ({ ok: response.ok, said: `${response.status} ${(await response.text()).slice(0, 300)}` }),
      (error: Error) => ({ ok: false, said: error.cause instanceof Error ? error.cause.message : error.message }),
    );
    if (found.ok) return;
    if (performance.now() > deadline)
      throw new PersonError(
        `${url} does not answer as it should: ${found.said}. \`npx wrangler tail\` shows its log; run kedge deploy again.`,
      );
    await delay(1_000);
  }
};

export const command: Command = async ({ dir, options }) => {
  const folder = clusterFolder(dir);
  const asked = {
    name: options.name,
    databaseUrl: options['database-url'] ?? process.env.KEDGE_DATABASE_URL,
    region: options.region,
    url: options.url,
  };
  const input = { folder, asked, databaseTokenFile: options['database-token-file'], env: process.env };
  if (options['dry-run'] !== undefined) {
    const lines = describeDeploy(input);
    console.log(options.json ? JSON.stringify(lines, null, 2) : lines.join('\n'));
    return 0;
  }
  const print = (line: string): void => (options.json ? console.error(line) : console.log(line));
  const progress = createProgress(print, () => performance.now());
  const done = await deploy({ ...input, wrangler: realWrangler, progress, nowMs: Date.now(), firstAnswer });
  if (options.json) console.log(JSON.stringify(done, null, 2));
  else
    console.log(`\nKedge ${done.version} is ${done.isNew ? 'deployed' : 'upgraded'} at ${done.url}\n
  export KUBECONFIG=${done.kubeconfig}
  kubectl get namespaces
  kedge token create --join --dir ${dir}     the line that makes a machine a node

Keep a copy of ${folder.root}: its keys open what is sealed in the database, and nothing else does.`);
  return 0;
};
