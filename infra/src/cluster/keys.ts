/** The key ring of a cluster (keys.json, 0600): tags of tokens, signing of service-account tokens, sealing of Secrets. Made once; losing it loses sealed data. */
import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import { PersonError } from '../person-error.ts';
import { type ClusterFolder, readJson, sizeOf, writePrivateJson } from './folder.ts';

const makeKeys = async (): Promise<KeyRing> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return {
    tokenHmacKey: randomBytes(32).toString('base64'),
    saSigningKey: { ...jwk, alg: 'ES256', use: 'sig', kid: await calculateJwkThumbprint(jwk) },
    sealingKeys: [{ id: 'k1', key: randomBytes(32).toString('base64') }],
  };
};

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
