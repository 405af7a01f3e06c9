import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { type CellTexts, cellTexts, joinCells, RowMemo } from './row-memo.ts';

const cell = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
const ago = fc.record({ sinceMs: fc.integer({ min: 0, max: 10_000 }), before: fc.string(), after: fc.string() });

describe('cells as text', () => {
  it('are the JSON of what is shown at that time', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(cell, ago), { maxLength: 12 }), (cells) => {
        const shown = cells.map((c) =>
          typeof c === 'object' && c !== null ? `${c.before}${Math.trunc((60_000 - c.sinceMs) / 1000)}s${c.after}` : c,
        );
        expect(JSON.parse(`[${joinCells(cellTexts(cells), 60_000)}]`)).toEqual(shown);
      }),
    );
  });
});

describe('the memo', () => {
  const asked = (memo: RowMemo) => {
    const made: string[] = [];
    const ask = (uid: string, revision: number): CellTexts =>
      memo.cells({ uid, revision }, () => {
        made.push(`${uid}@${revision}`);
        return [`${uid}@${revision}`];
      });
    return { made, ask };
  };

  it('makes the cells of a revision once, and never shows those of another', () => {
    const { made, ask } = asked(new RowMemo());
    expect([ask('a', 1), ask('b', 2), ask('a', 1), ask('a', 3), ask('b', 2), ask('a', 3)].flat()).toEqual([
      'a@1',
      'b@2',
      'a@1',
      'a@3',
      'b@2',
      'a@3',
    ]);
    expect(made).toEqual(['a@1', 'b@2', 'a@3']);
    // an old revision, as a list at an older one has it
    expect(ask('a', 1)).toEqual(['a@1']);
  });

  it('keeps what is asked for and drops the rest when it is full', () => {
    const { made, ask } = asked(new RowMemo(1_000));
    for (let round = 0; round < 50; round++) {
      ask('kept', 1);
      ask(`once-${round}`, 1);
    }
    expect(made.filter((what) => what === 'kept@1')).toHaveLength(1);
    made.length = 0;
    ask('once-0', 1);
    ask('once-49', 1);
    expect(made).toEqual(['once-0@1']);
  });
});
