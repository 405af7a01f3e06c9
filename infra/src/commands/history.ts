/**
 * `kedge history TYPE NAME [list|show|diff|undelete|purge]`, `kedge history at [--time T|--revision N]`, `kedge history retention`: the past of a running cluster, over the paths
 * of control-plane/src/history/README.md. With --json the server's answer as it is.
 */
import { type Api, accessOf, createApi } from '../backup/api.ts';
import type { Command } from '../commands.ts';
import { parseRequest } from '../history/request.ts';
import { textOf } from '../history/text.ts';
import { kubeconfigOf, namespaceIn } from '../scheduling/access.ts';

export { usage } from '../history/request.ts';

export const command: Command = async ({ dir, options, args }) => {
  const kubeconfig = kubeconfigOf({ dir, kubeconfig: options.kubeconfig, env: process.env });
  const { method, path, body, shows } = parseRequest(args, { namespace: namespaceIn(kubeconfig), ...options });
  const api: Api = createApi(accessOf(kubeconfig));
  try {
    const answer = await api.call(method, path, body);
    console.log(options.output === 'json' ? JSON.stringify(answer, null, 2) : textOf(shows, answer));
    return 0;
  } finally {
    await api.close();
  }
};
