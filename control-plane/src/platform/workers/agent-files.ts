/** The agent's files on Workers: static assets of the deployment. `wrangler dev` asks a server of the same machine instead. */
import { type AgentFiles, agentFilesPath } from '../../joining/agent-files.ts';
import type { Env } from './env.ts';

export const agentFilesOf = ({ ASSETS, KEDGE_AGENT_FILES_URL }: Pick<Env, 'ASSETS' | 'KEDGE_AGENT_FILES_URL'>): AgentFiles | undefined => {
  if (!ASSETS && !KEDGE_AGENT_FILES_URL) return undefined;
  return async (name) => {
    const found = ASSETS
      ? await ASSETS.fetch(`https://assets.invalid${agentFilesPath}${name}`)
      : await fetch(`${KEDGE_AGENT_FILES_URL}/${name}`);
    if (found.ok) return found;
    await found.body?.cancel();
    return undefined;
  };
};
