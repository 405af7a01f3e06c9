import { expect, it } from 'vitest';
import { forwardQuery } from './upstream.ts';

const query = Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]);

it('fails, and takes nothing down, when a server cannot be routed to', async () => {
  // a link-local address without its link: the kernel refuses to connect, nothing is sent
  await expect(forwardQuery(['fe80::1'], query)).rejects.toThrow('connect');
});

it('says so when the machine has no name server', async () => {
  await expect(forwardQuery([], query)).rejects.toThrow('this machine has no name server');
});
