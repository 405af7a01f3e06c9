/**
 * The last view on disk, so that a node cut off from its control plane, or rebooted while cut off, keeps its pods running. Written whole to a temporary
 * file and renamed; Secrets are in it as AES-256-GCM ciphertext under a key of their own (0600). What cannot be read is as if it were not there.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '#schema/resource.ts';
import type { ViewKey } from '#schema/sync/protocol.ts';

/** An entry kept although the newest view does not have it, and the incarnation that last had it. */
export interface Retained {
  readonly incarnation: string;
  readonly object: KubeObject;
}

export interface StoredView {
  readonly clusterUid: string;
  readonly node: string;
  readonly incarnation: string;
  readonly revision: number;
  readonly mark?: string;
  readonly entries: Readonly<Record<ViewKey, KubeObject>>;
  readonly retained: Readonly<Record<ViewKey, Retained>>;
}

export interface ViewDisk {
  read(): StoredView | undefined;
  /** The newest of overlapping writes wins; resolves when it is durable. */
  write(view: StoredView): Promise<void>;
}

const FORMAT = 1;
const SECRETS = 'core/secrets/';

const isSecret = (key: ViewKey): boolean => key.startsWith(SECRETS);

const parted = <T>(all: Readonly<Record<string, T>>): { open: Record<string, T>; secret: Record<string, T> } => {
  const open: Record<string, T> = {};
  const secret: Record<string, T> = {};
  for (const [key, value] of Object.entries(all)) (isSecret(key) ? secret : open)[key] = value;
  return { open, secret };
};

const keyAt = (path: string): Buffer => {
  try {
    const key = readFileSync(path);
    if (key.byteLength === 32) return key;
  } catch {
    // made below
  }
  const key = randomBytes(32);
  writeFileSync(path, key, { mode: 0o600 });
  return key;
};

const seal = (key: Buffer, text: string): string => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
};

/** @throws Error when the text is not what this key sealed */
const unseal = (key: Buffer, sealed: string): string => {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
};

/** `dir` is made (0700) when missing. */
export const openViewDisk = (dir: string): ViewDisk => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'view.json');
  const key = keyAt(join(dir, 'view.key'));
  let writing = Promise.resolve();

  const put = async (view: StoredView): Promise<void> => {
    const entries = parted(view.entries);
    const retained = parted(view.retained);
    const secrets = seal(key, JSON.stringify({ entries: entries.secret, retained: retained.secret }));
    const text = JSON.stringify({ ...view, format: FORMAT, entries: entries.open, retained: retained.open, secrets });
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  };

  return {
    read: () => {
      let stored: StoredView & { format: number; secrets: string };
      try {
        stored = JSON.parse(readFileSync(path, 'utf8'));
      } catch {
        return undefined;
      }
      if (stored?.format !== FORMAT) return undefined;
      const { format: _, secrets, ...view } = stored;
      try {
        const opened = JSON.parse(unseal(key, secrets)) as Pick<StoredView, 'entries' | 'retained'>;
        return { ...view, entries: { ...view.entries, ...opened.entries }, retained: { ...view.retained, ...opened.retained } };
      } catch {
        // the pods are worth more than their Secrets, which the control plane sends again
        return view;
      }
    },
    write: (view) => {
      writing = writing.catch(() => undefined).then(() => put(view));
      return writing;
    },
  };
};
