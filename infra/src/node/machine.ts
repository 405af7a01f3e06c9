/** What only this machine can say: a hash of its machine-id and of a random key in the node's folder. A credential is bound to it. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readText, writePrivate } from '../cluster/folder.ts';

const machineId = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // a container: its key alone tells it apart
    return '';
  }
};

/** Hex SHA-256; the same as long as the key file is there. */
export const machineProof = (keyFile: string, machineIdFile = '/etc/machine-id'): string => {
  let key = readText(keyFile)?.trim();
  if (!key) {
    key = randomBytes(32).toString('hex');
    writePrivate(keyFile, `${key}\n`);
  }
  return createHash('sha256')
    .update(`kedge-machine\n${machineId(machineIdFile)}\n${key}`)
    .digest('hex');
};
