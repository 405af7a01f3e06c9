/**
 * Bodies of sealed kinds (Secrets, tokens) at rest: `kdgs1.<key id>.<base64url(nonce, AES-256-GCM ciphertext and tag)>`. The cluster, the
 * object's key and its uid are associated data, so a sealed body opens only in its own place. Everything stored, cached or logged holds this text;
 * it is opened only where it is served.
 */
import type { SealingKey } from '../platform/platform.ts';
import { sealedPrefix } from './sealed-rows.ts';
import { StoreError } from './store.ts';

const nonceBytes = 12;

export interface Sealer {
  /** Always a new text, even for the same JSON. */
  seal(resource: string, namespace: string, name: string, uid: string, json: string): Promise<string>;
  /** @throws StoreError `corrupt` for text that is not sealed, an unknown key, or a body of another place. */
  open(resource: string, namespace: string, name: string, uid: string, stored: string): Promise<string>;
  isSealed(body: string): boolean;
}

/** The first key seals, all open. @throws Error when a key is not 32 bytes, an id repeats or has characters other than `A-Za-z0-9_-`. */
export function createSealer(
  keys: readonly SealingKey[],
  clusterUid: string,
  randomBytes: (length: number) => Uint8Array = (length) => crypto.getRandomValues(new Uint8Array(length)),
): Sealer {
  const first = keys[0];
  if (!first) throw new Error('sealing needs at least one key');
  const imported = new Map<string, () => Promise<CryptoKey>>();
  for (const { id, key } of keys) {
    if (!/^[A-Za-z0-9_-]+$/.test(id)) throw new Error(`sealing key id ${JSON.stringify(id)} has other characters than A-Z a-z 0-9 _ -`);
    if (imported.has(id)) throw new Error(`sealing key id ${id} appears twice`);
    const raw = fromBase64(key);
    if (raw.length !== 32) throw new Error(`sealing key ${id} has ${raw.length} bytes instead of 32`);
    let promise: Promise<CryptoKey> | undefined;
    imported.set(id, () => {
      promise ??= crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
      return promise;
    });
  }

  const place = (keyId: string, key: readonly string[]) =>
    new TextEncoder().encode(JSON.stringify([sealedPrefix, keyId, clusterUid, ...key]));

  return {
    isSealed: (body) => body.startsWith(sealedPrefix),

    async seal(resource, namespace, name, uid, json) {
      const key = await imported.get(first.id)!();
      const iv = Uint8Array.from(randomBytes(nonceBytes));
      const additionalData = place(first.id, [resource, namespace, name, uid]);
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, new TextEncoder().encode(json));
      const bytes = new Uint8Array(nonceBytes + sealed.byteLength);
      bytes.set(iv);
      bytes.set(new Uint8Array(sealed), nonceBytes);
      return `${sealedPrefix}${first.id}.${toBase64Url(bytes)}`;
    },

    async open(resource, namespace, name, uid, stored) {
      const what = `${resource} ${namespace === '' ? name : `${namespace}/${name}`}`;
      const [, keyId, text] = /^kdgs1\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(stored) ?? [];
      if (keyId === undefined || text === undefined) throw new StoreError('corrupt', `${what} is not sealed as it must be`);
      const key = imported.get(keyId);
      if (!key) throw new StoreError('corrupt', `${what} is sealed with key "${keyId}", which is not among the sealing keys`);
      try {
        const bytes = fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
        const additionalData = place(keyId, [resource, namespace, name, uid]);
        const iv = bytes.slice(0, nonceBytes);
        const json = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, await key(), bytes.slice(nonceBytes));
        return new TextDecoder().decode(json);
      } catch (error) {
        throw new StoreError('corrupt', `${what} cannot be opened with key "${keyId}": it was altered, or belongs to another object`, {
          cause: error,
        });
      }
    },
  };
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += 8_192) binary += String.fromCharCode(...bytes.subarray(start, start + 8_192));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
