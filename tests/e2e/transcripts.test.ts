/**
 * Every command that kubectl has for a cluster, with the newest and the oldest kubectl: standard output, standard error and exit code against goldens.
 * One cluster a version, a namespace a theme.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { access } from './transcripts/access.ts';
import { apply } from './transcripts/apply.ts';
import { create } from './transcripts/create.ts';
import { get } from './transcripts/get.ts';
import { kinds } from './transcripts/kinds.ts';
import { pods, streams, top } from './transcripts/pods.ts';
import { roll } from './transcripts/roll.ts';
import { playTheme, type Theme } from './transcripts/session.ts';

const themes: readonly Theme[] = [streams, kinds, get, create, apply, roll, access, pods, top];

describe.each(['v35', 'v29'] as const)('kubectl %s', (version) => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ name: 'script', nodeName: 'node-script' });
  });
  afterAll(() => cluster?.stop());

  it.each(themes)('$name', (theme) => playTheme(cluster, theme, theme.versions?.[version === 'v35' ? 0 : 1] ?? version));
});
