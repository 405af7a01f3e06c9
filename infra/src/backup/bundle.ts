/**
 * The secret part of a cluster that a restore needs: the key ring that sealed Secrets are opened with, the CA, and the tokens of admin and node. It never stands
 * in a backup in the clear: either under a passphrase (scrypt, AES-256-GCM) or in a key file of its own (0600).
 */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import { type ClusterFolder, readJson, readText, writePrivate, writePrivateJson } from '../cluster/folder.ts';
import { PersonError } from '../person-error.ts';

export interface Bundle {
  readonly kedgeKeys: 1;
  readonly clusterUid: string;
  /** Content by path in the cluster's folder. */
  readonly files: Readonly<Record<string, string>>;
}

export interface LockedBundle {
  readonly kdf: 'scrypt';
  /** log2 of scrypt's N. */
  readonly cost: number;
  /** base64, like the rest. */
  readonly salt: string;
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

/** No secret, and wanted again all the same. */
export const settingsName = 'settings.yaml';
const names = ['keys.json', 'node-token', 'kubeconfig', settingsName, join('pki', 'ca.crt'), join('pki', 'ca.key')] as const;
const COST = 15;

export const bundleOf = (folder: ClusterFolder, clusterUid: string): Bundle => ({
  kedgeKeys: 1,
  clusterUid,
  files: Object.fromEntries(
    names.flatMap((name) => {
      const text = readText(join(folder.root, name));
      return text === undefined ? [] : [[name, text]];
    }),
  ),
});

const deriveKey = (passphrase: string, salt: Buffer, cost: number): Buffer =>
  scryptSync(passphrase.normalize('NFKC'), salt, 32, { N: 2 ** cost, r: 8, p: 1, maxmem: 2 ** (cost + 11) });

export const lockBundle = (bundle: Bundle, passphrase: string): LockedBundle => {
  const [salt, iv] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', deriveKey(passphrase, salt, COST), iv);
  const data = Buffer.concat([cipher.update(JSON.stringify(bundle), 'utf8'), cipher.final()]);
  const text = { salt, iv, tag: cipher.getAuthTag(), data };
  return { kdf: 'scrypt', cost: COST, ...(Object.fromEntries(Object.entries(text).map(([k, v]) => [k, v.toString('base64')])) as any) };
};

/** @throws PersonError for another passphrase, or an altered file */
export const unlockBundle = (locked: LockedBundle, passphrase: string): Bundle => {
  if (locked.kdf !== 'scrypt' || !(locked.cost >= 10 && locked.cost <= 20))
    throw new PersonError('The keys in this backup are locked in a way this Kedge does not know.');
  try {
    const [salt, iv, tag, data] = [locked.salt, locked.iv, locked.tag, locked.data].map((text) => Buffer.from(text, 'base64'));
    const decipher = createDecipheriv('aes-256-gcm', deriveKey(passphrase, salt!, locked.cost), iv!);
    decipher.setAuthTag(tag!);
    return JSON.parse(Buffer.concat([decipher.update(data!), decipher.final()]).toString('utf8')) as Bundle;
  } catch {
    throw new PersonError('The passphrase does not open the keys in this backup.');
  }
};

const ringIn = ({ files }: Bundle): KeyRing | undefined => {
  const text = files['keys.json'];
  return text === undefined ? undefined : (JSON.parse(text) as KeyRing);
};

/** Ids of the keys that open what is sealed. */
export const sealingKeyIds = (bundle: Bundle): readonly string[] => ringIn(bundle)?.sealingKeys.map(({ id }) => id) ?? [];

/** Backups of before a rotation are restored with the same file: a sealing key that was dropped since stays in it. */
const withKeysOf = (bundle: Bundle, before: Bundle | undefined): Bundle => {
  const [ring, old] = [ringIn(bundle), before && ringIn(before)];
  if (!ring || !old) return bundle;
  const more = old.sealingKeys.filter(({ id }) => !ring.sealingKeys.some((key) => key.id === id));
  const sealingKeys = [...ring.sealingKeys, ...more];
  return { ...bundle, files: { ...bundle.files, 'keys.json': `${JSON.stringify({ ...ring, sealingKeys }, null, 2)}\n` } };
};

/** @throws PersonError when the file is there and holds the keys of another cluster */
export const writeKeyFile = (path: string, bundle: Bundle): void => {
  const before = existsSync(path) ? readJson<Bundle>(path) : undefined;
  if (existsSync(path) && before?.clusterUid !== bundle.clusterUid) {
    throw new PersonError(`${path} holds something else: name another file with --key-file.`);
  }
  mkdirSync(dirname(path), { recursive: true });
  writePrivateJson(path, withKeysOf(bundle, before));
};

/** @throws PersonError */
export const readKeyFile = (path: string): Bundle => {
  const bundle = readJson<Bundle>(path);
  if (bundle?.kedgeKeys !== 1) throw new PersonError(`${path} is not there, or no key file of \`kedge backup\`.`);
  return bundle;
};

/** Only the known files: a bundle names no path of its own. */
export const placeBundle = (folder: ClusterFolder, bundle: Bundle): void => {
  for (const name of names) {
    const text = bundle.files[name];
    if (text !== undefined) writePrivate(join(folder.root, name), text);
  }
};
