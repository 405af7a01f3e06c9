/**
 * `kedge keys status|rotate|drop`: other keys that seal, sign service-account tokens and tag Kedge's own tokens, while the cluster runs. What is sealed is sealed anew; an earlier key stays until neither
 * an object nor a kept version needs it, and goes with `drop`. Ids and counts are all that is ever shown of a key.
 */
import { tagKeyId } from '#control-plane/auth/tokens.ts';
import { accessOf, createApi } from '../backup/api.ts';
import { clusterFolder } from '../cluster/folder.ts';
import { makeSealingKey, makeSigningKey, makeTagKey } from '../cluster/keys.ts';
import { isDeployed, type KeysHome, putRing, readRing, runningControlPlane } from '../cluster/keys-change.ts';
import { droppable, readUse, resealOnce, useText } from '../cluster/keys-use.ts';
import { lockFolder, lockKeys } from '../cluster/lock.ts';
import { announced, rotated, withoutKeys } from '../cluster/rotate-keys.ts';
import { whyTagKeyStays } from '../cluster/tag-keys-use.ts';
import type { Command } from '../commands.ts';
import { realWrangler, type WranglerPort } from '../deploy/wrangler-port.ts';
import { PersonError } from '../person-error.ts';

export const usage = `usage: kedge keys status     which keys seal, sign and tag tokens, and what still needs the earlier ones
       kedge keys rotate     new keys, in use at once; what is sealed is sealed anew
       kedge keys drop       removes earlier keys that nothing needs any more
options: --dir FOLDER (the cluster's: keys are nowhere else), --json`;

const verbs = ['status', 'rotate', 'drop'] as const;

interface Said {
  readonly home: KeysHome;
  readonly say: (line: string) => void;
  readonly nowMs: number;
}

const reseal = async ({ home, say }: Said): Promise<void> => {
  let [resealed, failed] = [0, 0];
  for (;;) {
    const round = await resealOnce(home.api);
    resealed += round.resealed;
    failed = Math.max(failed, round.failed);
    if (!round.more) break;
  }
  say(`  ✓ ${resealed} objects sealed anew`);
  if (failed > 0) say(`  ! ${failed} objects are opened by no key: the control plane's log names them`);
};

/** @throws PersonError */
export const rotateKeys = async (said: Said): Promise<void> => {
  const { home, say, nowMs } = said;
  const { folder } = home;
  const runs = isDeployed(folder) || runningControlPlane(folder) !== undefined;
  // a stopped cluster must not be started meanwhile
  const unlockFolder = runs ? undefined : lockFolder(folder);
  const unlock = lockKeys(folder);
  try {
    const made = { sealing: makeSealingKey(), signing: await makeSigningKey(), tag: makeTagKey() };
    const open = announced(readRing(folder), made);
    // one process changes over at once; isolates of Workers one by one
    if (isDeployed(folder)) await putRing(home, open);
    const ring = rotated(open, made, nowMs);
    await putRing(home, ring);
    say(
      `  ✓ Key ${ring.sealingKeys[0]!.id} seals, signing key ${String(ring.saSigningKey.kid).slice(0, 12)} signs, token key ${await tagKeyId(ring.tokenHmacKey)} tags`,
    );
    say(`Keep a copy of ${folder.keys}: without the new key nobody opens what is sealed from now on.`);
  } finally {
    unlock();
    unlockFolder?.();
  }
  if (runs) await reseal(said);
  else say('The cluster does not run: objects are sealed anew once it does.');
};

/** @throws PersonError */
export const dropKeys = async ({ home, say, nowMs }: Said): Promise<void> => {
  const { folder } = home;
  const unlock = lockKeys(folder);
  try {
    const ring = readRing(folder);
    const use = await readUse(home.api, { ring, folder, nowMs });
    const ids = droppable(use, nowMs);
    if (ids.size > 0) await putRing(home, await withoutKeys(ring, ids));
    for (const id of ids) say(`  ✓ Key ${id.slice(0, 12)} is dropped`);
    for (const { id, seals, objects, versions } of use.sealing)
      if (!seals && !ids.has(id))
        say(
          `  - Key ${id} stays: ${objects} objects and ${versions} kept versions need it. ${objects > 0 ? 'The control plane seals objects anew within minutes' : 'Compaction and the budget of the history take versions in time; `kedge history purge secrets -n NAMESPACE` takes them now'}.`,
        );
    for (const { kid, signs, untilMs, secrets } of use.signing)
      if (!signs && !ids.has(kid))
        say(
          `  - Signing key ${kid.slice(0, 12)} stays: ${secrets > 0 ? `${secrets} Secrets hold a token without an end that it signed` : `tokens it signed may live until ${new Date(untilMs ?? nowMs).toISOString().slice(0, 10)}`}.`,
        );
    for (const key of use.tagging) if (!key.tags && !ids.has(key.id)) say(`  - Token key ${key.id} stays: ${whyTagKeyStays(key, nowMs)}.`);
  } finally {
    unlock();
  }
};

export const keysCommand =
  (wrangler: WranglerPort): Command =>
  async ({ dir, options, args }) => {
    const verb = verbs.find((name) => name === args[0]);
    if (verb === undefined || args.length > 1) {
      console.error(usage);
      return args.length === 0 || args[0] === 'help' ? 0 : 2;
    }
    const folder = clusterFolder(dir);
    const ring = readRing(folder);
    const runs = isDeployed(folder) || runningControlPlane(folder) !== undefined;
    if (!runs && verb !== 'rotate') throw new PersonError(`The cluster in ${dir} does not run, and only it knows what needs its keys.`);
    const api = runs ? createApi(accessOf(folder.kubeconfig)) : undefined;
    const say = (line: string): void => (options.json ? console.error(line) : console.log(line));
    const nowMs = Date.now();
    const said: Said = { home: { folder, api: api ?? { call: () => Promise.reject(new Error('it does not run')) }, wrangler }, say, nowMs };
    try {
      if (verb === 'rotate') await rotateKeys(said);
      if (verb === 'drop') await dropKeys(said);
      if (!api) return 0;
      const use = await readUse(api, { ring: verb === 'status' ? ring : readRing(folder), folder, nowMs });
      console.log(options.json ? JSON.stringify(use, null, 2) : useText(use, nowMs));
      return 0;
    } finally {
      await api?.close();
    }
  };

export const command = keysCommand(realWrangler);
