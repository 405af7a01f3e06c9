/**
 * The store over HTTP as a control plane on Node.js uses it: what comes together shares a POST, and POSTs go on kept connections. What comes while a commit
 * is under way shares the next.
 */
import { type HttpStoreOptions, openHttpStore } from '../../store/http/open.ts';
import type { LibsqlStore } from '../../store/libsql-store.ts';
import { createPost } from './post.ts';

export const openNodeHttpStore = (options: Omit<HttpStoreOptions, 'post'>): Promise<LibsqlStore> =>
  openHttpStore({ joinReads: setImmediate, joinCommits: process.nextTick, ...options, post: createPost() });
