/** Clock and randomness for store tests. */
import type { Clock, Random } from '../../platform/platform.ts';

/** A clock that stands still and unique, repeatable ids. */
export const testWorld: { readonly clock: Clock; readonly random: Random } = (() => {
  let serial = 0;
  return {
    clock: { now: () => 1_700_000_000_000 },
    random: {
      bytes: (length) => Uint8Array.from({ length }, () => serial++ & 0xff),
      uuid: () => `00000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`,
      float: () => 0.5,
    },
  };
})();
