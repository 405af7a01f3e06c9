/** `kedge fit -f FILE [--without-node NAME]`, as a plugin `kubectl kedge fit -f FILE`: where pods would go and how many more fit; nothing is written. */
import { readFileSync } from 'node:fs';
import { accessOf, createApi } from '../backup/api.ts';
import type { Command } from '../commands.ts';
import { PersonError } from '../person-error.ts';
import { kubeconfigOf, namespaceIn } from '../scheduling/access.ts';
import { everythingFits, fitText, fitUsage, objectsOf, withPods } from '../scheduling/fit.ts';

export { fitUsage as usage } from '../scheduling/fit.ts';

const SIMULATE = '/apis/kedge.dev/v1/scheduling:simulate';

const read = (file: string): string => {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new PersonError(`Cannot read ${file}: ${(error as Error).message}`);
  }
};

export const command: Command = async ({ dir, options, args }) => {
  const { file, 'without-node': without } = options;
  if (args.length > 0 || (file === undefined && without === undefined)) {
    console.error(fitUsage);
    return 2;
  }
  const { bring, others } = file === undefined ? { bring: [], others: [] } : withPods(objectsOf(read(file), file));
  if (others.length > 0) console.error(`Left out, as they bring no pods: ${others.join(', ')}`);
  if (file !== undefined && bring.length === 0) throw new PersonError(`${file} has no Pods or workloads.`);
  const path = kubeconfigOf({ dir, kubeconfig: options.kubeconfig, env: process.env });
  const withoutNodes = (without ?? '').split(',').filter(Boolean);
  const question = { namespace: options.namespace ?? namespaceIn(path), objects: bring, withoutNodes };
  const api = createApi(accessOf(path));
  try {
    const answer = await api.call('POST', SIMULATE, { ...question, explain: true });
    if (bring.length === 1) answer.capacity = (await api.call('POST', SIMULATE, { ...question, howMany: true })).capacity;
    const asJson = options.json !== undefined || options.output === 'json';
    console.log(asJson ? JSON.stringify(answer, null, 2) : fitText(bring, answer, { nodes: options.nodes !== undefined }));
    return everythingFits(answer) ? 0 : 3;
  } finally {
    await api.close();
  }
};
