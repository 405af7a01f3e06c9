import { expect, it } from 'vitest';
import { EngineError, isGone } from './engine.ts';

it.each([
  [new Error('connect ENOENT /var/run/docker.sock'), true],
  [new EngineError(500, 'failed to start shim: context canceled: unknown'), true],
  [new EngineError(500, 'ttrpc: closed: unknown'), true],
  [new EngineError(500, 'rpc error: code = Unavailable desc = transport is closing'), true],
  [new EngineError(400, 'OCI runtime create failed: exec: "/no/such/program": stat /no/such/program: no such file or directory'), false],
  [new EngineError(404, 'No such container: x'), false],
])('tells an engine that went away from one that refuses: %s', (error, gone) => {
  expect(isGone(error)).toBe(gone);
});
