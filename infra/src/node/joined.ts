/** What this machine is, by its own files: read by every command about the node. */
import type { AgentConfig } from '#node-agent/config.ts';
import type { ApiAccess } from '../backup/api.ts';
import { readJson, readText } from '../cluster/folder.ts';
import { PersonError } from '../person-error.ts';
import { stateFiles } from './layout.ts';

/** @throws PersonError when this machine is no node */
export const readNode = (state: string): AgentConfig => {
  const config = readJson<AgentConfig>(stateFiles(state).config);
  if (!config)
    throw new PersonError(
      `This machine is no node: there is no ${stateFiles(state).config}. \`kedge token create --join\` prints the line that makes it one.`,
    );
  return config;
};

/** The API with the node's own credential. */
export const nodeAccess = (config: AgentConfig): ApiAccess => ({
  server: config.server,
  caPem: config.caFile === undefined ? undefined : readText(config.caFile),
  token: readText(config.tokenFile)?.trim() ?? '',
});
