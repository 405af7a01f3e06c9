/** Rings through rotations, also through those that stop half-way: no key is ever lost, and only the one that every reader knows seals. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tagKeyId } from '#control-plane/auth/tokens.ts';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import { rotateKeys } from '../commands/keys.ts';
import type { WranglerPort } from '../deploy/wrangler-port.ts';
import { clusterFolder, makeFolder, writePrivateJson } from './folder.ts';
import { ensureKeys, makeSealingKey, makeSigningKey, makeTagKey } from './keys.ts';
import { type KeysHome, readRing } from './keys-change.ts';
import { droppable, useText } from './keys-use.ts';
import { lockKeys } from './lock.ts';
import { announced, pendingKey, rotated, taggingMs, verifying, verifyingMs, verifyingTags, withoutKeys } from './rotate-keys.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const make = async () => ({ sealing: makeSealingKey(), signing: await makeSigningKey(), tag: makeTagKey() });
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kedge-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const firstRing = async (): Promise<KeyRing> => {
  const folder = clusterFolder(dir);
  makeFolder(folder);
  return ensureKeys(folder);
};
const ids = (ring: KeyRing) => ring.sealingKeys.map(({ id }) => id);

describe('a ring', () => {
  it('opens with the new key before it seals with it, and signs likewise', async () => {
    const ring = await firstRing();
    const made = await make();
    const open = announced(ring, made);
    expect(ids(open)).toEqual(['k1', 'k2']);
    expect(open.saSigningKey).toBe(ring.saSigningKey);
    const used = rotated(open, made, nowMs);
    expect(ids(used)).toEqual(['k2', 'k1']);
    expect(used.sealingKeys[0]!.key).toBe(made.sealing);
    expect(used.saSigningKey).toBe(made.signing);
    expect(verifying(used)).toMatchObject([{ kid: ring.saSigningKey.kid, untilMs: nowMs + verifyingMs }]);
    for (const one of [open, used]) for (const key of verifying(one)) expect(key).not.toHaveProperty('d');
    const third = await make();
    expect(ids(rotated(announced(used, third), third, nowMs))).toEqual(['k3', 'k2', 'k1']);
    expect([open.tokenHmacKey, open.tokenVerifyingKeys]).toEqual([ring.tokenHmacKey, [{ key: made.tag }]]);
    expect([used.tokenHmacKey, used.tokenVerifyingKeys]).toEqual([made.tag, [{ key: ring.tokenHmacKey, untilMs: nowMs + taggingMs }]]);
  });

  it('goes on with what a rotation that stopped had announced', async () => {
    const [stopped, again] = [await make(), await make()];
    const open = announced(await firstRing(), stopped);
    expect(pendingKey(open)).toBe('k2');
    const used = rotated(announced(open, again), again, nowMs);
    expect(ids(used)).toEqual(['k2', 'k1']);
    expect(used.sealingKeys[0]!.key).toBe(stopped.sealing);
    expect(pendingKey(used)).toBeUndefined();
    expect(verifying(used).map(({ untilMs }) => untilMs)).toEqual([nowMs + verifyingMs, nowMs]);
    expect(verifyingTags(used).map(({ untilMs }) => untilMs)).toEqual([nowMs + taggingMs, nowMs]);
    expect([used.tokenHmacKey, verifyingTags(used)[1]!.key]).toEqual([again.tag, stopped.tag]);
  });

  it('loses a key only by name, and never one in use', async () => {
    const made = await make();
    const ring = await firstRing();
    const used = rotated(announced(ring, made), made, nowMs);
    const left = await withoutKeys(used, new Set(['k1', String(ring.saSigningKey.kid), await tagKeyId(ring.tokenHmacKey)]));
    expect([ids(left), verifying(left), verifyingTags(left)]).toEqual([['k2'], [], []]);
    for (const id of ['k2', String(made.signing.kid), await tagKeyId(made.tag)])
      await expect(withoutKeys(used, new Set([id]))).rejects.toThrow('in use');
    expect(() => rotated(left, made, nowMs)).toThrow('no key is announced');
  });

  it('says which keys nothing needs: neither an object, a version, a living token nor a Secret', () => {
    const use = {
      sealing: [
        { id: 'k4', seals: true, objects: 0, versions: 0 },
        { id: 'k3', seals: false, objects: 0, versions: 2 },
        { id: 'k2', seals: false, objects: 1, versions: 0 },
        { id: 'k1', seals: false, objects: 0, versions: 0 },
        { id: 'k0', seals: false, objects: 0, versions: 0, missing: true as const },
      ],
      signing: [
        { kid: 'now', signs: true, secrets: 0 },
        { kid: 'ended', signs: false, secrets: 0, untilMs: nowMs },
        { kid: 'lives', signs: false, secrets: 0, untilMs: nowMs + 1 },
        { kid: 'held', signs: false, secrets: 1, untilMs: nowMs },
      ],
      tagging: [
        { id: 'tags', tags: true, tokens: 0, files: [] },
        { id: 'free', tags: false, tokens: 0, files: [], untilMs: nowMs },
        { id: 'young', tags: false, tokens: 0, files: [], untilMs: nowMs + 1 },
        { id: 'alive', tags: false, tokens: 1, files: [], untilMs: nowMs },
        { id: 'filed', tags: false, tokens: 0, files: ['/kubeconfig'], untilMs: nowMs },
      ],
    };
    expect([...droppable(use, nowMs)]).toEqual(['k1', 'ended', 'free']);
    const text = useText(use, nowMs);
    expect(text).toMatch(/k4 +seals +0 +0\nk3 +opens +0 +2\nk2 +opens +1 +0\nk1 +may be dropped +0 +0\nk0 +MISSING/);
    expect(text).toMatch(/ended +may be dropped +2026-01-01 +0/);
    expect(text).toMatch(
      /free +may be dropped +2026-01-01 +0\nyoung +verifies +2026-01-01 +0\nalive +verifies +2026-01-01 +1\nfiled +verifies +2026-01-01 +1/,
    );
  });
});

describe('kedge keys rotate', () => {
  const controlPlane = (readKeys: () => KeyRing): KeysHome['api'] => ({
    call: async (method) => {
      if (method === 'POST') return { resealed: 0, failed: 0, more: false };
      const ring = readKeys();
      return {
        sealing: ring.sealingKeys.map(({ id }, index) => ({ id, seals: index === 0, objects: 0, versions: 0 })),
        signing: [ring.saSigningKey, ...verifying(ring)].map(({ kid }, index) => ({ kid, signs: index === 0 })),
      };
    },
  });

  it('gives Workers the new keys to open first, then to seal, and leaves no secret behind', async () => {
    const before = await firstRing();
    const folder = clusterFolder(dir);
    writePrivateJson(join(dir, 'deployment.json'), { version: 1, clusterUid: 'c' });
    writeFileSync(join(folder.pki, 'ca.key'), 'AUTHORITY');
    const given: any[] = [];
    const calls: (readonly string[])[] = [];
    const wrangler: WranglerPort = async ({ args }) => {
      calls.push(args);
      given.push(JSON.parse(JSON.parse(readFileSync(args[2]!, 'utf8')).KEDGE_KEYS));
      // what is in use anywhere is on disk
      expect(ids(readRing(folder))).toEqual(ids(given.at(-1)));
      return { code: 0, output: '', records: [] };
    };
    const lines: string[] = [];
    const home = { folder, wrangler, lookMs: 1, api: controlPlane(() => given.at(-1)) };
    await rotateKeys({ home, nowMs, say: (line) => lines.push(line) });
    expect(calls).toEqual(Array(2).fill(['secret', 'bulk', join(dir, 'worker-secrets.json'), '--config', join(dir, 'wrangler.toml')]));
    expect(given.map(ids)).toEqual([
      ['k1', 'k2'],
      ['k2', 'k1'],
    ]);
    expect(given.map(({ authorityKey, saSigningKey }) => [authorityKey, saSigningKey.kid === before.saSigningKey.kid])).toEqual([
      ['AUTHORITY', true],
      ['AUTHORITY', false],
    ]);
    expect(() => readFileSync(join(dir, 'worker-secrets.json'))).toThrow('ENOENT');
    const ring = readRing(folder);
    for (const secret of [ring.tokenHmacKey, ring.sealingKeys[0]!.key, String(ring.saSigningKey.d)])
      expect(lines.join()).not.toContain(secret);
  });

  it('that fails leaves every key on disk, and goes on when it is said again', async () => {
    await firstRing();
    const folder = clusterFolder(dir);
    writePrivateJson(join(dir, 'deployment.json'), { version: 1, clusterUid: 'c' });
    let [tries, inUse] = [0, readRing(folder)];
    const wrangler: WranglerPort = async ({ args }) => {
      if (++tries === 2) return { code: 1, output: 'no network', records: [] };
      inUse = JSON.parse(JSON.parse(readFileSync(args[2]!, 'utf8')).KEDGE_KEYS);
      return { code: 0, output: '', records: [] };
    };
    const home = { folder, wrangler, lookMs: 1, api: controlPlane(() => inUse) };
    await expect(rotateKeys({ home, nowMs, say: () => {} })).rejects.toThrow('no network');
    const known = ids(readRing(folder));
    await rotateKeys({ home, nowMs, say: () => {} });
    expect(ids(inUse)).toEqual(ids(readRing(folder)));
    expect(ids(inUse)).toEqual(expect.arrayContaining(known));
  });

  it('of a stopped cluster changes the file alone, and one at a time', async () => {
    await firstRing();
    const folder = clusterFolder(dir);
    const never = () => Promise.reject(new Error('asked'));
    const said = { home: { folder, wrangler: never, api: { call: never } }, nowMs, say: () => {} };
    await rotateKeys(said);
    expect(ids(readRing(folder))).toEqual(['k2', 'k1']);
    const unlock = lockKeys(folder);
    await expect(rotateKeys(said)).rejects.toThrow('being changed by another command');
    unlock();
  });
});
