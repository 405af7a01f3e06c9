/** Handlers of subresources, by name and verb. Which resource has which is the definition's word; a new subresource is one file and one line. */
import type { Handler } from '../call.ts';
import { get } from '../verbs/get.ts';
import { patch } from '../verbs/patch.ts';
import { update } from '../verbs/update.ts';
import { binding } from './binding.ts';
import { eviction } from './eviction.ts';
import { exec } from './exec.ts';
import { log } from './log.ts';
import { portForward } from './portforward.ts';
import { proxy } from './proxy.ts';
import { getScale, patchScale, updateScale } from './scale.ts';
import { token } from './token.ts';

export const subresourceHandlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status: { get, update, patch },
  approval: { get, update, patch },
  finalize: { update },
  ephemeralcontainers: { get, update, patch },
  resize: { get, update, patch },
  scale: { get: getScale, update: updateScale, patch: patchScale },
  binding: { create: binding },
  eviction: { create: eviction },
  token: { create: token },
  log: { get: log },
  exec: { get: exec, create: exec },
  attach: { get: exec, create: exec },
  portforward: { get: portForward, create: portForward },
  proxy: { get: proxy, create: proxy, update: proxy, patch: proxy, delete: proxy },
};
