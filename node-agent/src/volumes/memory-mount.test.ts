import { expect, it } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import { podOf } from '../pods/fixtures.ts';
import { memorySizeBytes } from './memory-mount.ts';

const Mi = 1024 * 1024;
const limited = (name: string, memory?: string) => ({
  ...{ name, image: 'i' },
  ...(memory ? { resources: { limits: { memory } } } : {}),
});
const size = (sizeLimit: string | undefined, containers: ReturnType<typeof limited>[], more: Partial<Pod['spec']> = {}) =>
  memorySizeBytes(
    { name: 'v', emptyDir: { medium: 'Memory', ...(sizeLimit ? { sizeLimit } : {}) } },
    podOf('web', { containers, ...more }),
    {
      memory: '100Mi',
    },
  );

it.each([
  ['its own limit', size('1Mi', [limited('a')]), Mi],
  ['the memory of the node', size(undefined, [limited('a')]), 100 * Mi],
  ['the memory of the node, below its own limit', size('1Gi', [limited('a')]), 100 * Mi],
  ['what the containers may use together', size('90Mi', [limited('a', '10Mi'), limited('b', '20Mi')]), 30 * Mi],
  ['not what only some containers may use', size('90Mi', [limited('a', '10Mi'), limited('b')]), 90 * Mi],
  ['the limit of the pod as a whole', size('90Mi', [limited('a')], { resources: { limits: { memory: '5Mi' } } } as object), 5 * Mi],
])('holds an emptyDir in memory to %s', (_what, bytes, expected) => {
  expect(bytes).toBe(expected);
});

it('has no size where nothing bounds it', () => {
  expect(memorySizeBytes({ name: 'v', emptyDir: { medium: 'Memory' } }, podOf('web', { containers: [limited('a')] }), {})).toBe(0);
});
