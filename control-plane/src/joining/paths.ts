/** Paths that are answered before anybody is asked who he is: what a machine needs to become a node. */
import { agentFilesPath } from './agent-files.ts';

export const scriptPath = '/install.sh';
export const caPath = '/kedge/v1/ca.crt';
/** Of the machine that joins, stays and leaves. */
export const nodePaths = { join: '/kedge/v1/join', renew: '/kedge/v1/renew', leave: '/kedge/v1/leave' } as const;

const exact: ReadonlySet<string> = new Set([scriptPath, caPath, ...Object.values(nodePaths)]);

export const isJoiningPath = (path: string): boolean => exact.has(path) || path.startsWith(agentFilesPath);
