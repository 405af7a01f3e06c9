/** What a person typed after `kedge history`, as one request. Pure. */
import type { ResourceDefinition } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import { PersonError } from '../person-error.ts';

export type Shows = 'versions' | 'object' | 'diff' | 'list' | 'purged' | 'retention';

export interface HistoryRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly shows: Shows;
}

export const usage = `usage: kedge history TYPE NAME             every version, with who made it and when
       kedge history show TYPE NAME        the object [--revision N | --time T]
       kedge history diff TYPE NAME        what changed [--from N] [--to N]; default: the last change
       kedge history undelete TYPE NAME    creates a deleted object again [--revision N]
       kedge history at [TYPE]             a namespace, or one type in it, as of a moment [--revision N | --time T]
       kedge history purge TYPE [NAME]     forgets what is superseded
       kedge history retention [JSON]      what is kept; with JSON: sets it
options: -n NAMESPACE (--namespace; default: the kubeconfig's), -o json (--output), --kubeconfig FILE, --dir FOLDER
         [--limit N] [--before REVISION] of the versions`;

const base = '/apis/kedge.dev/v1';
/** The options of each, beside those of all. */
const verbs: Readonly<Record<string, readonly string[]>> = {
  show: ['revision', 'time'],
  diff: ['from', 'to'],
  undelete: ['revision'],
  at: ['revision', 'time'],
  purge: [],
  retention: [],
};
const ofVersions = ['limit', 'before'];

/** What is left out of a question gives another answer than the asker thinks. */
const checkOptions = (verb: string, options: Readonly<Record<string, string>>): void => {
  const known = ['namespace', 'output', 'kubeconfig', ...(verbs[verb] ?? ofVersions)];
  const other = Object.keys(options).find((name) => !known.includes(name));
  if (other)
    throw new PersonError(
      `kedge history ${verbs[verb] ? verb : 'TYPE NAME'} takes no --${other}: \`kedge history --help\` says what takes it.`,
    );
  const { output, revision, time } = options;
  if (output !== undefined && output !== 'json') throw new PersonError(`--output ${output}: json, or left out.`);
  if (revision !== undefined && time !== undefined) throw new PersonError('Name --revision or --time, not both.');
};

/** As kubectl names types: `pods`, `po`, `pod`, `deployments.apps`; `things.example.com` for custom ones. */
const findType = (text: string): Pick<ResourceDefinition, 'group' | 'resource' | 'namespaced'> => {
  const [name = '', ...rest] = text.toLowerCase().split('.');
  const group = rest.join('.');
  const found = resources.find(
    (d) =>
      d.storage === 'durable' &&
      (group === '' || d.group === group) &&
      (d.resource === name || d.singular === name || d.shortNames.includes(name)),
  );
  if (found) return found;
  if (group !== '') return { group, resource: name, namespaced: true };
  throw new PersonError(
    `There is no type ${JSON.stringify(text)} with a history. Custom types are named with their group, such as things.example.com.`,
  );
};

const queryOf = (options: Readonly<Record<string, string>>, names: readonly string[]): string => {
  const query = new URLSearchParams(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
  return query.size > 0 ? `?${query}` : '';
};

/** @throws PersonError with the usage, or what is wrong */
export const parseRequest = (args: readonly string[], options: Readonly<Record<string, string>>): HistoryRequest => {
  const [verb, ...words] = Object.hasOwn(verbs, args[0] ?? '') ? (args as [string, ...string[]]) : ['versions', ...args];
  checkOptions(verb, options);
  const namespace = options.namespace ?? 'default';
  if (verb === 'retention') return retention(words);
  if (verb === 'at' && words.length === 0) {
    return {
      method: 'GET',
      path: `${base}/history/namespaces/${encodeURIComponent(namespace)}${queryOf(options, ['revision', 'time'])}`,
      shows: 'list',
    };
  }
  const [type, name, ...more] = words.length === 1 && words[0]!.includes('/') ? words[0]!.split('/') : words;
  const alone = verb === 'at' || verb === 'purge';
  if (type === undefined || more.length > 0 || (name === undefined && !alone) || (name !== undefined && verb === 'at'))
    throw new PersonError(usage);
  const { group, resource, namespaced } = findType(type);
  const parts = [group || 'core', resource, ...(namespaced ? ['namespaces', namespace] : []), ...(name === undefined ? [] : [name])];
  const path = `${base}/history/${parts.map(encodeURIComponent).join('/')}`;
  switch (verb) {
    case 'show':
      return { method: 'GET', path: `${path}/as-of${queryOf(options, ['revision', 'time'])}`, shows: 'object' };
    case 'diff':
      return { method: 'GET', path: `${path}/diff${queryOf(options, ['from', 'to'])}`, shows: 'diff' };
    case 'undelete':
      return { method: 'POST', path: `${path}/undelete${queryOf(options, ['revision'])}`, shows: 'object' };
    case 'at':
      return { method: 'GET', path: `${path}${queryOf(options, ['revision', 'time'])}`, shows: 'list' };
    case 'purge':
      return { method: 'DELETE', path, shows: 'purged' };
    default:
      return { method: 'GET', path: `${path}${queryOf(options, ['limit', 'before'])}`, shows: 'versions' };
  }
};

const retention = (words: readonly string[]): HistoryRequest => {
  const path = `${base}/retention`;
  if (words.length === 0) return { method: 'GET', path, shows: 'retention' };
  try {
    return { method: 'PUT', path, body: JSON.parse(words.join(' ')), shows: 'retention' };
  } catch {
    throw new PersonError(`kedge history retention takes JSON, such as '{"bytes":8388608,"kinds":{"core/pods":1048576}}'.`);
  }
};
