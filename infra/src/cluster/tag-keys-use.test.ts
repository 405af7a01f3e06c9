import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tagKeyId } from '#control-plane/auth/tokens.ts';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import { clusterFolder, makeFolder, writePrivate } from './folder.ts';
import { makeTagKey } from './keys.ts';
import { isTagKeyFree, readTagUse, whyTagKeyStays } from './tag-keys-use.ts';
import { ensureToken } from './tokens.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const [now, one, two] = [makeTagKey(), makeTagKey(), makeTagKey()];
const ring = {
  tokenHmacKey: now,
  tokenVerifyingKeys: [one, two].map((key) => ({ key, untilMs: nowMs })),
  ...{ saSigningKey: {}, sealingKeys: [] },
} satisfies KeyRing;
const secret = (fields: Record<string, string>) => ({ data: Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, btoa(v)])) });

/** What needs the keys when kube-system has these Secrets, one a page. */
const use = async (secrets: Record<string, ReturnType<typeof secret>[]>, files: { nodeToken?: string } = {}) => {
  const root = mkdtempSync(join(tmpdir(), 'kedge-tags-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = clusterFolder(root);
  makeFolder(folder);
  if (files.nodeToken) writePrivate(folder.nodeToken, `${files.nodeToken}\n`);
  const api = {
    call: async (_method: string, path: string) => {
      const query = new URL(`http://x${path}`).searchParams;
      const all = secrets[query.get('fieldSelector')!.replace('type=', '')] ?? [];
      const at = Number(query.get('continue') ?? 0);
      return { items: all.slice(at, at + 1), metadata: at + 1 < all.length ? { continue: String(at + 1) } : {} };
    },
  };
  return { uses: await readTagUse(api, { ring, folder, nowMs }), folder };
};
const counts = ({ uses }: Awaited<ReturnType<typeof use>>) => uses.map(({ tokens }) => tokens);

test('a key is needed by the living tokens whose Secrets name it, by those renewed since a moment too', async () => {
  const [n, a, b] = await Promise.all([now, one, two].map(tagKeyId));
  const past = { expiration: '2025-12-31T00:00:00Z' };
  const found = await use({
    'kedge.dev/token': [
      secret({ 'tag-key': n! }),
      secret({ 'tag-key': a! }),
      secret({ 'tag-key': b!, ...past }),
      secret({ 'tag-key': n!, expiration: '2026-02-01T00:00:00Z', 'previous-tag-key': a!, 'previous-expiration': '2026-01-01T01:00:00Z' }),
      secret({ 'tag-key': n!, 'previous-tag-key': a!, 'previous-expiration': '2025-12-31T00:00:00Z' }),
    ],
    'bootstrap.kubernetes.io/token': [secret({ 'kedge-tag-key': b! }), secret({ 'kedge-tag-key': b!, ...past }), secret({})],
  });
  expect(counts(found)).toEqual([3, 2, 1]);
  expect(found.uses.map(({ id, tags }) => [id, tags])).toEqual([
    [n, true],
    [a, false],
    [b, false],
  ]);
});

test('a token whose Secret names no key counts for every earlier one', async () => {
  expect(counts(await use({ 'kedge.dev/token': [secret({ sha256: 'x' })] }))).toEqual([0, 1, 1]);
});

test('a key goes when nothing needs it: no token, no file of the folder', async () => {
  const { uses, folder } = await use({}, { nodeToken: await ensureToken(undefined, one) });
  expect(uses.map((key) => isTagKeyFree(key, nowMs))).toEqual([false, false, true]);
  expect(whyTagKeyStays(uses[1]!, nowMs)).toContain(`${folder.nodeToken} holds a token with a tag of it`);
});

test('the folder keeps its tokens over a rotation', async () => {
  const token = await ensureToken(undefined, one);
  expect(await ensureToken(token, now, ring)).toBe(token);
  expect(await ensureToken(token, now)).not.toBe(token);
});
