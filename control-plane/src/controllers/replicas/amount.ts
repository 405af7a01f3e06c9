/**
 * "A number, or a share in percent": the one reader of such amounts (maxSurge, maxUnavailable, minAvailable). Which way a share is rounded is the
 * caller's: up where the amount is a wish, down where a pod more would break a promise.
 */

export type Amount = number | string;

/** undefined: there is none, or nobody can read it; the caller has a default. Shares above 100 % are what they say. */
export const scaledAmount = (amount: Amount | undefined, total: number, round: (share: number) => number): number | undefined => {
  if (typeof amount === 'number') return amount;
  const percent = /^(\d{1,9})%$/.exec(amount ?? '');
  return percent ? round((Number(percent[1]) * total) / 100) : undefined;
};
