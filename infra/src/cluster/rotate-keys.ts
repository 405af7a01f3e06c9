/**
 * Key rings before, during and after a rotation. Pure. A new key is first one that opens (`announced`), so that whoever still runs with the ring of before can read
 * what the next one seals, and only then the one that seals (`rotated`). Nothing leaves a ring but by `withoutKeys`.
 */
import { tagKeyId } from '#control-plane/auth/tokens.ts';
import type { KeyRing } from '#control-plane/platform/platform.ts';

export interface NewKeys {
  /** base64, 32 bytes. */
  readonly sealing: string;
  /** Private JWK with `kid`. */
  readonly signing: KeyRing['saSigningKey'];
  /** base64, 32 bytes: makes the tags of Kedge's own tokens. */
  readonly tag: string;
}

/** A token asked for longer than this ends with the key. */
export const verifyingMs = 366 * 86_400_000;

/** What an earlier tag key stays at least: as long as a node's credential of before is good beside its renewed one. */
export const taggingMs = 86_400_000;

type Jwk = KeyRing['saSigningKey'];

export interface VerifyingKey extends Jwk {
  /** Unix ms; absent while the key is announced. */
  readonly untilMs?: number;
}

export const verifying = (ring: KeyRing): readonly VerifyingKey[] => (ring.saVerifyingKeys ?? []) as readonly VerifyingKey[];

export interface VerifyingTagKey {
  readonly key: string;
  /** Unix ms; absent while the key is announced. */
  readonly untilMs?: number;
}

export const verifyingTags = (ring: KeyRing): readonly VerifyingTagKey[] => ring.tokenVerifyingKeys ?? [];

const numberOf = (id: string): number => Number(/^k(\d{1,9})$/.exec(id)?.[1] ?? 0);
const newestOf = (ring: KeyRing): number => Math.max(0, ...ring.sealingKeys.map(({ id }) => numberOf(id)));

/** The sealing key that a rotation announced and did not come to use. */
export const pendingKey = (ring: KeyRing): string | undefined => {
  const [first, ...others] = ring.sealingKeys;
  const newest = newestOf(ring);
  return newest > numberOf(first!.id) ? others.find(({ id }) => numberOf(id) === newest)?.id : undefined;
};

const publicHalf = ({ d: _private, key_ops: _ops, ...rest }: Jwk): Jwk => rest;

/** With the new keys, none of them in use; the sealing key of a rotation that stopped here before is taken up again. */
export const announced = (ring: KeyRing, made: NewKeys): KeyRing => ({
  ...ring,
  sealingKeys:
    pendingKey(ring) === undefined ? [...ring.sealingKeys, { id: `k${newestOf(ring) + 1}`, key: made.sealing }] : ring.sealingKeys,
  saVerifyingKeys: [...verifying(ring), publicHalf(made.signing)],
  tokenVerifyingKeys: [...verifyingTags(ring), { key: made.tag }],
});

/** The announced keys in use. @throws Error for a ring in which none is announced */
export const rotated = (ring: KeyRing, made: Pick<NewKeys, 'signing' | 'tag'>, nowMs: number): KeyRing => {
  const pending = pendingKey(ring);
  if (pending === undefined) throw new Error('no key is announced');
  const first = ring.sealingKeys.filter(({ id }) => id === pending);
  const { kid } = made.signing;
  const earlier = verifying(ring)
    .filter((key) => key.kid !== kid)
    // announced by a rotation that stopped: nothing was signed with it
    .map((key) => ({ ...key, untilMs: key.untilMs ?? nowMs }));
  return {
    ...ring,
    sealingKeys: [...first, ...ring.sealingKeys.filter(({ id }) => id !== pending)],
    saSigningKey: made.signing,
    saVerifyingKeys: [{ ...publicHalf(ring.saSigningKey), untilMs: nowMs + verifyingMs }, ...earlier],
    tokenHmacKey: made.tag,
    tokenVerifyingKeys: [
      { key: ring.tokenHmacKey, untilMs: nowMs + taggingMs },
      ...verifyingTags(ring).flatMap((earlier) => (earlier.key === made.tag ? [] : { ...earlier, untilMs: earlier.untilMs ?? nowMs })),
    ],
  };
};

/** @throws Error when the key that seals, signs or tags is among them */
export const withoutKeys = async (ring: KeyRing, ids: ReadonlySet<string>): Promise<KeyRing> => {
  const used = [ring.sealingKeys[0]!.id, String(ring.saSigningKey.kid), await tagKeyId(ring.tokenHmacKey)];
  if (used.some((id) => ids.has(id))) throw new Error('a key in use cannot be dropped');
  const earlier = await Promise.all(verifyingTags(ring).map(async (one) => ({ one, id: await tagKeyId(one.key) })));
  return {
    ...ring,
    sealingKeys: ring.sealingKeys.filter(({ id }) => !ids.has(id)),
    saVerifyingKeys: verifying(ring).filter(({ kid }) => !ids.has(String(kid))),
    tokenVerifyingKeys: earlier.flatMap(({ one, id }) => (ids.has(id) ? [] : one)),
  };
};
