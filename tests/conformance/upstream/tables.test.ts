/** The tables as a whole: every name once, each reason told, tests that exist, and at least 95 % of what applies passes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repoDir } from '../../harness/paths.ts';
import { areas, readTable } from './table.ts';

describe.each(areas)('%s', (area) => {
  const { passing, failing, notApplicable } = readTable(area);
  const passed = [...passing.values()].flat();
  const applicable = passed.length + failing.length;

  it(`passes ${passed.length} of ${applicable} cases, ${((100 * passed.length) / applicable).toFixed(1)} %; ${notApplicable.length} do not apply`, () => {
    expect(passed.length / applicable).toBeGreaterThanOrEqual(0.95);
  });

  it('has every name once, each reason, and files that show it', () => {
    const names = [...passed, ...failing.map(([name]) => name), ...notApplicable.map(([name]) => name)];
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    for (const [name, why] of [...failing, ...notApplicable]) expect(why.length, name).toBeGreaterThan(15);
    for (const file of passing.keys()) expect(existsSync(join(repoDir, file)), file).toBe(true);
  });
});
