/**
 * The store over HTTP as a control plane on Node.js uses it: what comes together shares a POST, and POSTs go on kept connections. A commit takes none of this
 * process's time while it is under way, so it waits for nothing but the one before, and what comes meanwhile shares the next.
 */
import { type HttpStoreOptions, openHttpStore } from '../../store/http/open.ts';
import type { LibsqlStore } from '../../store/libsql-store.ts';
import { createPost } from './post.ts';

export const openNodeHttpStore = (options: Omit<HttpStoreOptions, 'post' | 'joinCommits'>): Promise<LibsqlStore> =>
  openHttpStore({ joinReads: setImmediate, ...options, joinCommits: process.nextTick, post: createPost() });
