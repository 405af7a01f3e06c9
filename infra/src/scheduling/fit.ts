/** `kedge fit`: what is typed and read, as the body of a simulation, and its answer as text for a person. Pure. */
import { parseAllDocuments } from 'yaml';
import { PersonError } from '../person-error.ts';
import { counted, table } from './table.ts';
import { adviceText } from './why.ts';

export const fitUsage = `usage: kedge fit -f FILE [-n NAMESPACE] [--without-node NAME[,NAME]] [--nodes] [--json]
Says where the pods of a manifest would go and how many more would fit. Nothing is written.
  -f FILE          Pods and workloads, YAML or JSON; - reads standard input
  --without-node   as if these nodes were gone; without -f: where would their pods go
  --nodes          what each node says of a pod that does not fit
exit code: 0 all fit, 3 some do not, 1 no answer, 2 typed wrong`;

/** The objects of a manifest; lists are opened. @throws PersonError */
export const objectsOf = (text: string, file: string): any[] => {
  const documents = parseAllDocuments(text);
  return documents.flatMap((document, i) => {
    const error = document.errors[0];
    if (error) throw new PersonError(`${file}, document ${i + 1}: ${error.message.split('\n')[0]}`);
    const value: any = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) return [];
    if (typeof value !== 'object') throw new PersonError(`${file}, document ${i + 1}: an object is expected, with kind and metadata.`);
    return /List$/.test(value.kind ?? '') && Array.isArray(value.items) ? value.items : [value];
  });
};

const SCHEDULED = new Set(['Pod', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'ReplicationController']);

/** Those of a manifest that bring pods, and the kinds of the others. */
export const withPods = (objects: readonly any[]): { readonly bring: readonly any[]; readonly others: readonly string[] } => ({
  bring: objects.filter(({ kind }) => SCHEDULED.has(kind)),
  others: [...new Set(objects.map(({ kind }) => kind).filter((kind) => !SCHEDULED.has(kind)))].map((kind) =>
    String(kind ?? 'an object without kind'),
  ),
});

const titleOf = (object: any): string => `${object.kind}/${object.metadata?.name ?? object.metadata?.generateName ?? ''}`;

/** "n1 (2), n2", the fullest first. */
const where = (nodes: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(node, (counts.get(node) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const shown = sorted.slice(0, 6).map(([node, count]) => (count === 1 ? node : `${node} (${count})`));
  return sorted.length > 6 ? `${shown.join(', ')} and ${sorted.length - 6} more` : shown.join(', ') || '-';
};

const refusalText = (title: string, refused: readonly any[], nodes: boolean): string[] => {
  const [first] = refused;
  const makesRoom = refused.filter(({ preempts }) => preempts?.length > 0).length;
  const perNode =
    nodes && first.nodes?.length > 0
      ? table(
          ['NODE', 'PLUGIN', 'REASON'],
          first.nodes.map((n: any) => [n.node, n.plugin, n.reasons.join(', ')]),
          '  ',
        )
      : [];
  return [
    '',
    `${title}: ${counted(refused.length, 'pod')} would not fit: ${first.message}`,
    ...(makesRoom > 0
      ? [
          `  ${makesRoom} of them would push out pods of lower priority, such as ${first.preempts?.[0]?.namespace}/${first.preempts?.[0]?.name} on ${first.node}.`,
        ]
      : []),
    ...perNode,
    ...adviceText(first.advice).filter(Boolean),
  ];
};

const movedText = (moved: readonly any[], nodes: boolean): string[] => {
  if (moved.length === 0) return [];
  const rows = moved.map(({ pod, from, node, fits }) => [`${pod.namespace}/${pod.name}`, from, fits ? node : '-']);
  const refused = moved.filter(({ fits }) => !fits);
  return [...table(['POD', 'FROM', 'TO'], rows), ...(refused.length > 0 ? refusalText('Of these', refused, nodes) : []), ''];
};

export const everythingFits = ({ placements }: any): boolean => placements.every(({ fits }: any) => fits);

const roomText = (capacity: any): string[] => {
  if (!capacity) return [];
  const room = `Room for ${capacity.limited ? 'at least ' : ''}${counted(capacity.count, 'such pod')} in all`;
  const places = capacity.perNode.flatMap(({ node, count }: any) => Array.from({ length: count }, () => node));
  return ['', capacity.count > 0 ? `${room}: ${where(places)}.` : `${room}.`];
};

/** `answer` is the simulation's, with `capacity` where one object was asked about. */
export const fitText = (objects: readonly any[], answer: any, { nodes }: { readonly nodes: boolean }): string => {
  const moved = answer.placements.filter(({ from }: any) => from !== undefined);
  const groups = objects.map((object, i) => ({
    title: titleOf(object),
    pods: answer.placements.filter((placement: any) => placement.object === i),
  }));
  const rows = groups.map(({ title, pods }) => {
    const fit = pods.filter(({ fits }: any) => fits);
    return [title, String(pods.length), String(fit.length), where(fit.map(({ node }: any) => node))];
  });
  const refusals = groups.flatMap(({ title, pods }) => {
    const refused = pods.filter(({ fits }: any) => !fits);
    return refused.length > 0 ? refusalText(title, refused, nodes) : [];
  });
  const own = rows.length > 0 ? table(['OBJECT', 'PODS', 'FIT', 'WHERE'], rows) : [];
  const lines = [...movedText(moved, nodes), ...own, ...refusals, ...roomText(answer.capacity)];
  return lines.length > 0 ? lines.join('\n').trimEnd() : 'No pods run there that would have to go elsewhere.';
};
