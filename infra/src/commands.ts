/** What `kedge` can do: one file per command in commands/, listed here, loaded when it is asked for. */

export interface CommandInput {
  /** Folder of the cluster, absolute. */
  readonly dir: string;
  /** Undefined: the one of the last start, or 6443. */
  readonly port?: number;
  readonly host?: string;
  /** The command's own ones, as typed. */
  readonly options: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

/** Resolves with the exit code. */
export type Command = (input: CommandInput) => Promise<number>;

export interface Entry {
  readonly about: string;
  /** Names of options that only this command has; each takes a value. */
  readonly options?: readonly string[];
  /** Names of those that take none. */
  readonly flags?: readonly string[];
  /** When neither --dir nor KEDGE_DIR names one. Default `.kedge`. */
  readonly folder?: string;
  /** It reads words beside its options. Else none may be typed. */
  readonly takesWords?: true;
  /** `usage`: what --help prints; without one it is made from this entry. */
  readonly load: () => Promise<{ command: Command; usage?: string }>;
}

export const commands: Readonly<Record<string, Entry>> = {
  up: { about: 'start the control plane and a node on this machine', load: () => import('./commands/up.ts') },
  down: { about: "remove this cluster's containers and networks", load: () => import('./commands/down.ts') },
  status: {
    about: 'what runs, and live figures: nodes, pods, what is used of the plan and when it is empty',
    options: ['kubeconfig', 'context'],
    flags: ['json'],
    load: () => import('./commands/status.ts'),
  },
  'dev-workers': {
    about: 'the same on workerd, with wrangler dev [--latency-ms N] [--drop-rate SHARE]',
    options: ['latency-ms', 'drop-rate'],
    folder: '.kedge-workers',
    load: () => import('./commands/dev-workers.ts'),
  },
  backup: {
    about: 'one file with all objects and their history [--out FILE] [--key-file FILE | --passphrase-file FILE]',
    options: ['out', 'key-file', 'passphrase-file', 'database-url', 'database-token-file'],
    load: () => import('./commands/backup.ts'),
  },
  restore: {
    about: 'a new cluster from a backup: FILE --dir NEW-FOLDER [--at TIME|REVISION] [--to node|workers]',
    takesWords: true,
    options: ['at', 'to', 'key-file', 'passphrase-file', 'database-url', 'database-token-file'],
    load: () => import('./commands/restore.ts'),
  },
  clone: {
    about: 'a second cluster with all of another one, asleep: --from FOLDER|CONTEXT --to NEW-FOLDER [--platform node|workers]',
    takesWords: true,
    options: ['from', 'to', 'platform', 'at', 'key-file', 'database-url', 'database-token-file', 'kubeconfig'],
    load: () => import('./commands/clone.ts'),
  },
  history: {
    about: 'every version of an object, diff, as of a time, undo of a delete: `kedge history` says how',
    takesWords: true,
    options: ['namespace', 'revision', 'time', 'from', 'to', 'limit', 'before', 'output', 'kubeconfig'],
    load: () => import('./commands/history.ts'),
  },
  why: {
    about: 'why a pod has no node and what would have to change, or where it was placed: pod/NAME [--nodes]',
    takesWords: true,
    options: ['namespace', 'output', 'kubeconfig'],
    flags: ['nodes', 'json'],
    load: () => import('./commands/why.ts'),
  },
  fit: {
    about: 'where the pods of a manifest would go and how many more fit: -f FILE [--without-node NAME]',
    takesWords: true,
    options: ['file', 'without-node', 'namespace', 'output', 'kubeconfig'],
    flags: ['nodes', 'json'],
    load: () => import('./commands/fit.ts'),
  },
  keys: {
    about: 'other sealing and signing keys while the cluster runs: status, rotate, drop',
    takesWords: true,
    flags: ['json'],
    load: () => import('./commands/keys.ts'),
  },
  deploy: {
    about: 'the control plane on Cloudflare Workers; again: an upgrade [--dry-run]',
    options: ['name', 'database-url', 'database-token-file', 'region', 'url'],
    flags: ['dry-run', 'json'],
    folder: '.kedge-deploy',
    load: () => import('./commands/deploy.ts'),
  },
  doctor: {
    about: 'find what is wrong on this machine and in this cluster, and how to mend it',
    options: ['kubeconfig', 'context', 'idle'],
    flags: ['json', 'edge'],
    load: () => import('./commands/doctor.ts'),
  },
  token: {
    about: 'tokens of people and join tokens: `kedge token` says how',
    takesWords: true,
    options: ['user', 'group', 'ttl', 'uses', 'description', 'server', 'kubeconfig', 'context'],
    flags: ['join', 'cloud-init', 'json'],
    load: () => import('./commands/token.ts'),
  },
  node: {
    about: 'join, leave, upgrade, status: `kedge node` says how',
    takesWords: true,
    options: ['server', 'token', 'ca', 'node-name', 'docker-host', 'timeout', 'kubeconfig', 'context'],
    flags: ['json', 'dry-run', 'force'],
    load: () => import('./commands/node.ts'),
  },
  test: { about: 'run all tests', takesWords: true, load: () => import('./commands/test.ts') },
  'bench-start': { about: 'measure how fast pods start, beside raw Docker and Swarm', load: () => import('./commands/bench-start.ts') },
};
