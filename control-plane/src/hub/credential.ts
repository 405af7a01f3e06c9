/** What a caller showed, as far as its open streams must know: they end with it. */
export interface Credential {
  /** '' for anonymous callers. */
  readonly id: string;
  /** Unix ms. Absent: never. */
  readonly expiresMs?: number;
}
