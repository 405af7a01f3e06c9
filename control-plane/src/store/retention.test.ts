import { expect, it } from 'vitest';
import { compactTo, KEPT_CHANGES } from './retention.ts';

it('keeps a young log whole', () => expect(compactTo({ revision: KEPT_CHANGES + 9_999, compacted: 0 })).toBeUndefined());
it('cuts an old one to what is kept', () => expect(compactTo({ revision: 200_000, compacted: 100_000 })).toBe(200_000 - KEPT_CHANGES));
it('does not cut again for a handful', () => expect(compactTo({ revision: 200_000, compacted: 149_000 })).toBeUndefined());
