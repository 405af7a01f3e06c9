import { expect, it } from 'vitest';
import { fallsSilent } from './silence.ts';

const watched = async (looks: readonly boolean[]) => {
  const stopping = new AbortController();
  let seen = 0;
  const silent = await fallsSilent({
    signal: stopping.signal,
    pause: async () => {
      if (seen === looks.length) stopping.abort();
    },
    answers: async () => looks[seen++]!,
  });
  return { silent, seen };
};

it('has given no answer six times in a row', async () => {
  expect(await watched([...Array(6).fill(false), true])).toEqual({ silent: true, seen: 6 });
});

it('is alive while an answer comes now and then', async () => {
  const looks = [...Array(5).fill(false), true, ...Array(5).fill(false), true];
  expect(await watched(looks)).toEqual({ silent: false, seen: looks.length });
});

it('is asked no more when it is not to run any more', async () => {
  expect(await watched([])).toEqual({ silent: false, seen: 0 });
});
