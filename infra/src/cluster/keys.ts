/** The key ring of a cluster (keys.json, 0600): tags of tokens, signing of service-account tokens, sealing of Secrets. Losing it loses sealed data; see rotate-keys.ts for how it changes. */
import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import { PersonError } from '../person-error.ts';
import { type ClusterFolder, readJson, sizeOf, writePrivateJson } from './folder.ts';

export const makeSealingKey = (): string => randomBytes(32).toString('base64');

/** For `tokenHmacKey`. */
export const makeTagKey = (): string => randomBytes(32).toString('base64');

export const makeSigningKey = async (): Promise<KeyRing['saSigningKey']> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: 'ES256', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
};

export const makeKeys = async (): Promise<KeyRing> => ({
  tokenHmacKey: makeTagKey(),
  saSigningKey: await makeSigningKey(),
  sealingKeys: [{ id: 'k1', key: makeSealingKey() }],
});

/** @throws PersonError when a cluster that ran before has lost its keys */
export const ensureKeys = async (folder: ClusterFolder): Promise<KeyRing> => {
  const present = readJson<KeyRing>(folder.keys);
  if (present) return present;
  if (sizeOf(folder.controlPlaneConfig) > 0) {
    throw new PersonError(
      `${folder.keys} is missing, and Secrets in the database are sealed with it: put it back from a copy. Nothing was changed.`,
    );
  }
  const keys = await makeKeys();
  writePrivateJson(folder.keys, keys);
  return keys;
};
