/**
 * What a theme of transcripts works with: kubectl of one version in a namespace of the theme's own, files to work on, and a clock-free way to wait
 * for what controllers do. Only what `run` and `each` were given stands in the golden. Neighbours: one file per theme, ../transcripts.test.ts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCluster } from '../../harness/cluster.ts';
import type { KubectlArgs, KubectlOptions, KubectlResult } from '../../harness/kubectl.ts';
import type { KubectlVersion } from '../../harness/kubectl-binary.ts';
import type { Mask } from '../../harness/masks.ts';
import { waitFor } from '../../harness/process.ts';
import { createTranscript, expectTranscript } from '../../harness/transcript.ts';

export interface Session {
  readonly cluster: TestCluster;
  readonly version: KubectlVersion;
  readonly namespace: string;
  /** Runs a command in the folder of the theme's files and writes it down. */
  run(args: KubectlArgs, options?: KubectlOptions & { as?: string; sortLines?: boolean }): Promise<KubectlResult>;
  /** Runs commands that do not touch each other, two at a time, and writes them down in the order given. */
  each(...commands: readonly KubectlArgs[]): Promise<void>;
  /** Runs a command without writing it down. @throws Error when it fails */
  quietly(args: KubectlArgs, options?: KubectlOptions): Promise<string>;
  /** Writes down what was run otherwise. */
  note(command: string, result: Partial<KubectlResult>): void;
  /** A command that goes on. */
  start: TestCluster['startKubectl'];
  file(name: string, text: string): void;
  /** Polls an object (a path below the API's root) until `probe` likes it. */
  until(path: string, probe: (object: Loose) => unknown): Promise<void>;
}

export type Loose = any;

/** Whether a Deployment's rollout is over: nothing of its status moves from then on. */
export const isSettled = ({ metadata, status }: Loose): boolean =>
  status.observedGeneration === metadata.generation &&
  status.conditions?.length === 2 &&
  status.conditions.some(({ reason }: Loose) => reason === 'NewReplicaSetAvailable');

export interface Theme {
  readonly name: string;
  readonly versions?: readonly KubectlVersion[];
  readonly masks?: readonly Mask[];
  play(session: Session): Promise<void>;
}

/** Plays a theme and holds it against its golden. */
export const playTheme = async (cluster: TestCluster, { name, masks = [], play }: Theme, version: KubectlVersion): Promise<void> => {
  const folder = join(cluster.folder.root, name);
  mkdirSync(folder, { recursive: true });
  const kubeconfig = join(folder, 'kubeconfig');
  const text = readFileSync(cluster.kubeconfig, 'utf8').replace(/^( +)user: .*$/m, `$&\n$1namespace: ${name}`);
  writeFileSync(kubeconfig, text);
  await cluster.ok(`create namespace ${name}`);
  await cluster.ok(`wait --for=create serviceaccount/default configmap/kube-root-ca.crt -n ${name} --timeout=120s`);
  const here = (options: KubectlOptions = {}): KubectlOptions => ({
    version,
    cwd: folder,
    ...options,
    env: { KUBECONFIG: kubeconfig, ...options.env },
  });
  const call = (args: KubectlArgs, options?: KubectlOptions) => cluster.kubectl(args, here(options));
  const transcript = createTranscript(call, { masks: [[new RegExp(folder, 'g'), '<folder>'], ...masks, ...cluster.masks] });
  const session: Session = {
    cluster,
    version,
    namespace: name,
    run: transcript.run,
    note: transcript.note,
    each: async (...commands) => {
      for (let i = 0; i < commands.length; i += 2) {
        const pair = commands.slice(i, i + 2);
        const results = await Promise.all(pair.map((args) => call(args)));
        for (const [at, args] of pair.entries()) transcript.note(transcript.words(args), results[at] as KubectlResult);
      }
    },
    quietly: async (args, options) => {
      const { stdout, stderr, code } = await call(args, options);
      if (code !== 0) throw new Error(`kubectl ${args} ended with ${code}\n${stdout}${stderr}`);
      return stdout;
    },
    start: (args, options) => cluster.startKubectl(args, here(options)),
    file: (file, content) => writeFileSync(join(folder, file), content),
    until: async (path, probe) => {
      await waitFor(`${path} as ${probe}`, async () => {
        const response = await cluster.fetch(path);
        return response.ok && probe((await response.json()) as Loose);
      });
    },
  };
  await play(session);
  expectTranscript(`transcripts/${name}`, transcript, version);
};
