/**
 * `kedge token create|list|revoke`: tokens of people and programs, and join tokens. The control plane makes them, for only it has the key; this command shows the text
 * once. Works against any cluster that a kubeconfig names.
 */
import { type Api, accessOf, createApi, kubeconfigPath, Refused } from '../backup/api.ts';
import { clusterFolder } from '../cluster/folder.ts';
import type { Command, CommandInput } from '../commands.ts';
import { parseDuration } from '../duration.ts';
import { PersonError } from '../person-error.ts';
import { machineAddresses } from '../pki/names.ts';
import { addressForOthers, cloudInit, joinLine } from '../tokens/join-line.ts';
import { bootstrapTokens, ownTokens, secretNames, tokenEntryOf, tokensText } from '../tokens/list.ts';
import { listensAt, unreachableText } from '../tokens/reach.ts';

export const usage = `usage: kedge token create [--user NAME] [--group A,B] [--ttl 30d]   a token for kubectl; default user kubernetes-admin, an admin
       kedge token create --join [--ttl 24h] [--uses N]            the line that makes a machine a node
       kedge token list
       kedge token revoke ID                                       what is open on it ends at once
options: --description TEXT, --server URL (as other machines reach the control plane), --kubeconfig FILE, --context NAME, --dir FOLDER, --json`;

const secrets = '/api/v1/namespaces/kube-system/secrets';

interface Asked {
  readonly api: Api;
  readonly input: CommandInput;
  readonly print: (text: string, value: unknown) => void;
  readonly server: string;
  readonly caPem: string | undefined;
}

const create = async ({ api, input, print, server, caPem }: Asked): Promise<void> => {
  const { user, group, ttl, uses, description, join } = input.options;
  const common = {
    ...(ttl === undefined ? {} : { ttlSeconds: parseDuration(ttl, 'ttl') }),
    ...(description === undefined ? {} : { description }),
  };
  if (join !== undefined) {
    if (user !== undefined || group !== undefined)
      throw new PersonError('--join makes nodes, which are their own users: leave --user and --group out.');
    if (uses !== undefined && !/^\d{1,6}$/.test(uses))
      throw new PersonError(`--uses ${uses}: how many machines may join with it, a number.`);
    const made = await api.call('POST', '/apis/kedge.dev/v1/tokens', {
      type: 'join',
      ...common,
      ...(uses === undefined ? {} : { uses: Number(uses) }),
    });
    const address = input.options.server ?? addressForOthers(server, machineAddresses());
    const line = joinLine({ server: address, caPem, token: made.token });
    // programs read standard output
    if (input.options.server === undefined && address !== new URL(server).origin && !(await listensAt(address)))
      console.error(`kedge: ${unreachableText(address)}\n`);
    const limits = `good until ${made.expires}${made.uses === undefined ? '' : `, for ${made.uses} machine${made.uses === 1 ? '' : 's'}`}`;
    if (input.options['cloud-init'] !== undefined) return print(cloudInit(line), { ...made, line, cloudInit: cloudInit(line) });
    print(
      `Join token ${made.id}, ${limits}. On the machine (Debian or Ubuntu, with curl):\n\n  ${line}\n\nIt can do nothing but join. \`kedge token revoke ${made.id}\` ends it.`,
      { ...made, line },
    );
    return;
  }
  if (uses !== undefined) throw new PersonError('--uses is for join tokens: add --join.');
  const groups = group === undefined ? (user === undefined ? ['system:masters'] : []) : group.split(',').filter((name) => name !== '');
  const made = await api.call('POST', '/apis/kedge.dev/v1/tokens', { type: 'user', user: user ?? 'kubernetes-admin', groups, ...common });
  const until = made.expires ? `good until ${made.expires}` : 'without an end';
  const who = `user ${made.user}${made.groups.length > 0 ? `, groups ${made.groups.join(', ')}` : ', no groups: bind roles to the user'}`;
  print(
    `${made.token}\n\nThat is all there is of it: nobody can show it again. ${who}; ${until}. \`kedge token revoke ${made.id}\` ends it.`,
    made,
  );
};

const list = async ({ api, print }: Asked): Promise<void> => {
  const nowMs = Date.now();
  const found = await Promise.all(
    [ownTokens, bootstrapTokens].map((type) => api.call('GET', `${secrets}?fieldSelector=${encodeURIComponent(`type=${type}`)}`)),
  );
  const entries = found.flatMap(({ items }) => (items as any[]).flatMap((secret) => tokenEntryOf(secret, nowMs) ?? []));
  print(tokensText(entries, nowMs), entries);
};

const revoke = async ({ api, print }: Asked, named: string): Promise<void> => {
  for (const name of secretNames(named)) {
    if (!/^[a-z0-9-]+$/.test(name)) break;
    try {
      await api.call('DELETE', `${secrets}/${name}`);
      return print(`Revoked. What was open on it has ended; other requests end within 5 s.`, { revoked: name });
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 404) throw error;
    }
  }
  throw new PersonError(`There is no token ${JSON.stringify(named.slice(0, 40))}: \`kedge token list\` shows them.`);
};

export const command: Command = async (input) => {
  const [verb, named, ...more] = input.args;
  const known =
    (verb === 'create' || verb === 'list') && named === undefined
      ? verb
      : verb === 'revoke' && named !== undefined && more.length === 0
        ? verb
        : undefined;
  if (known === undefined) {
    console.error(usage);
    const isVerb = ['create', 'list', 'revoke'].includes(verb ?? '');
    if (verb === 'revoke' && named === undefined) console.error('\nkedge: which token? `kedge token list` shows the ids.');
    else if (isVerb)
      console.error(`\nkedge: kedge token ${verb} takes no word ${JSON.stringify(more.at(-1) ?? named)}: a name is told with --user.`);
    else if (verb !== undefined && verb !== 'help') console.error(`\nkedge: there is no kedge token ${JSON.stringify(verb)}.`);
    return verb === undefined || verb === 'help' ? 0 : 2;
  }
  const access = accessOf(kubeconfigPath(input.options, clusterFolder(input.dir).kubeconfig), input.options.context);
  const api = createApi(access);
  const print = (text: string, value: unknown): void => console.log(input.options.json ? JSON.stringify(value, null, 2) : text);
  const asked: Asked = { api, input, print, server: access.server, caPem: access.caPem };
  try {
    if (known === 'create') await create(asked);
    else if (known === 'list') await list(asked);
    else await revoke(asked, named as string);
    return 0;
  } finally {
    await api.close();
  }
};
