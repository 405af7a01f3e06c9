/**
 * The tables of upstream's test names: `NAME.yaml` here says of every name of an area that it passes, by which of our test files, that it fails, why,
 * or that it does not apply, why. `upstreamCases` runs, in such a file, what the table promises of it: every name and no other.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/** Names by their test function; a function without names below it stands for itself. */
type Grouped = Readonly<Record<string, readonly string[] | null>>;
type Reasoned = readonly { readonly why: string; readonly cases: Grouped }[];

interface Written {
  readonly pass: Readonly<Record<string, Grouped>>;
  readonly fail?: Reasoned;
  readonly 'not applicable'?: Reasoned;
}

export interface Table {
  /** Test file, from the root of the repository, to its names. */
  readonly passing: ReadonlyMap<string, readonly string[]>;
  /** Name to reason. */
  readonly failing: readonly (readonly [name: string, why: string])[];
  readonly notApplicable: readonly (readonly [name: string, why: string])[];
}

export const areas = ['strategic-merge', 'structured-merge', 'managed-fields', 'storage', 'watch'] as const;
export type Area = (typeof areas)[number];

const root = fileURLToPath(new URL('../../..', import.meta.url));

const namesIn = (grouped: Grouped): string[] =>
  Object.entries(grouped).flatMap(([test, below]) => (below && below.length > 0 ? below.map((name) => `${test}/${name}`) : [test]));
const reasonsIn = (list: Reasoned = []) => list.flatMap(({ why, cases }) => namesIn(cases).map((name) => [name, why] as const));

export const readTable = (area: Area): Table => {
  const written: Written = parse(readFileSync(new URL(`${area}.yaml`, import.meta.url), 'utf8'));
  return {
    passing: new Map(Object.entries(written.pass).map(([file, grouped]) => [file, namesIn(grouped)])),
    failing: reasonsIn(written.fail),
    notApplicable: reasonsIn(written['not applicable']),
  };
};

/** One test for each name that the table says this file shows. `tests` has the bodies by name, no more and no fewer. */
export const upstreamCases = (area: Area, moduleUrl: string, tests: Readonly<Record<string, () => unknown>>): void => {
  const file = relative(root, fileURLToPath(moduleUrl));
  const names = readTable(area).passing.get(file) ?? [];
  const ran = new Set<string>();

  describe(`${area}, by upstream case`, () => {
    it.each(names.map((name) => [name]))('%s', async (name) => {
      if (!Object.hasOwn(tests, name)) throw new Error(`${file} has no test of this name`);
      ran.add(name);
      await tests[name]!();
    });

    it(`has run all ${names.length} that the table tells of, and has no other`, () => {
      expect(Object.keys(tests).filter((name) => !ran.has(name))).toEqual([]);
      expect(ran.size).toBe(names.length);
      expect(ran.size).toBeGreaterThan(0);
    });
  });
};
