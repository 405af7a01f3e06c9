/**
 * Endpoints beside the resources. Each stands on its own and few clients ask for it, so each is loaded when its path is first asked for: on Workers they are
 * modules that the start of an isolate does not read.
 */
import type { Identified } from '../auth/authenticate.ts';
import { isHistoryPath } from '../history/path.ts';
import { isJoiningPath } from '../joining/paths.ts';
import type { Server } from './call.ts';

interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly identified: Identified;
}

interface Part {
  readonly owns: (path: string) => boolean;
  readonly answer: (server: Server, asked: Asked) => Promise<Response>;
}

const isPath =
  (path: string) =>
  (asked: string): boolean =>
    asked === `/apis/kedge.dev/v1/${path}`;

const parts: readonly Part[] = [
  {
    owns: isPath('scheduling:simulate'),
    answer: async (server, { request, identified }) =>
      (await import('../scheduling-api/scheduling-endpoint.ts')).schedulingEndpoint(server, request, identified),
  },
  {
    owns: isPath('tokens'),
    answer: async (server, { request, identified }) =>
      (await import('../joining/mint-endpoint.ts')).mintEndpoint(server, request, identified),
  },
  {
    owns: isPath('usage'),
    answer: async (server, { request, identified }) =>
      (await import('../allowance/usage-endpoint.ts')).usageEndpoint(server, request, identified),
  },
  {
    owns: isPath('keys'),
    answer: async (server, { request, identified }) =>
      (await import('../sealing/keys-endpoint.ts')).keysEndpoint(server, request, identified),
  },
  {
    owns: isPath('edge-checks'),
    answer: async (server, { request, url, identified }) =>
      (await import('../edge-checks/edge-checks.ts')).edgeChecksEndpoint(server, request, url, identified),
  },
  {
    owns: isHistoryPath,
    answer: async (server, { request, url, identified }) =>
      (await import('../history/history.ts')).historyEndpoint(server, request, url, identified),
  },
];

/** What is open to everybody, asked before anybody is authenticated. */
export const openPartAt = (path: string): ((server: Server, asked: Pick<Asked, 'request' | 'url'>) => Promise<Response>) | undefined =>
  isJoiningPath(path)
    ? async (server, { request, url }) => (await import('../joining/joining.ts')).joiningEndpoint(server, request, url)
    : undefined;

/** Undefined: the path is nobody's here. */
export const partAt = (path: string): Part['answer'] | undefined => parts.find(({ owns }) => owns(path))?.answer;
