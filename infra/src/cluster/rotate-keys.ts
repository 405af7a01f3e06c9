/**
 * Key rings before, during and after a rotation. Pure. A new key is first one that opens (`announced`), so that whoever still runs with the ring of before can read
 * what the next one seals, and only then the one that seals (`rotated`). Nothing leaves a ring but by `withoutKeys`.
 */
import type { KeyRing } from '#control-plane/platform/platform.ts';

export interface NewKeys {
  /** base64, 32 bytes. */
  readonly sealing: string;
  /** Private JWK with `kid`. */
  readonly signing: KeyRing['saSigningKey'];
}

/** A token asked for longer than this ends with the key. */
export const verifyingMs = 366 * 86_400_000;

type Jwk = KeyRing['saSigningKey'];

export interface VerifyingKey extends Jwk {
  /** Unix ms; absent while the key is announced. */
  readonly untilMs?: number;
}

export const verifying = (ring: KeyRing): readonly VerifyingKey[] => (ring.saVerifyingKeys ?? []) as readonly VerifyingKey[];

const numberOf = (id: string): number => Number(/^k(\d{1,9})$/.exec(id)?.[1] ?? 0);
const newestOf = (ring: KeyRing): number => Math.max(0, ...ring.sealingKeys.map(({ id }) => numberOf(id)));

/** The sealing key that a rotation announced and did not come to use. */
export const pendingKey = (ring: KeyRing): string | undefined => {
  const [first, ...others] = ring.sealingKeys;
  const newest = newestOf(ring);
  return newest > numberOf(first!.id) ? others.find(({ id }) => numberOf(id) === newest)?.id : undefined;
};

const publicHalf = ({ d: _private, key_ops: _ops, ...rest }: Jwk): Jwk => rest;

/** With both new keys, none of them in use; the sealing key of a rotation that stopped here before is taken up again. */
export const announced = (ring: KeyRing, made: NewKeys): KeyRing => ({
  ...ring,
  sealingKeys:
    pendingKey(ring) === undefined ? [...ring.sealingKeys, { id: `k${newestOf(ring) + 1}`, key: made.sealing }] : ring.sealingKeys,
  saVerifyingKeys: [...verifying(ring), publicHalf(made.signing)],
});

/** The announced keys in use. @throws Error for a ring in which none is announced */
export const rotated = (ring: KeyRing, made: Pick<NewKeys, 'signing'>, nowMs: number): KeyRing => {
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
  };
};

/** @throws Error when the key that seals or signs is among them */
export const withoutKeys = (ring: KeyRing, ids: ReadonlySet<string>): KeyRing => {
  if (ids.has(ring.sealingKeys[0]!.id) || ids.has(String(ring.saSigningKey.kid))) throw new Error('a key in use cannot be dropped');
  return {
    ...ring,
    sealingKeys: ring.sealingKeys.filter(({ id }) => !ids.has(id)),
    saVerifyingKeys: verifying(ring).filter(({ kid }) => !ids.has(String(kid))),
  };
};
