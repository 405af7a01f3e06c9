import { expect, it } from 'vitest';
import { createPodAddresses, hardwareAddressOf } from './pod-addresses.ts';

it('gives each address once, the next one after the last', () => {
  const addresses = createPodAddresses('10.64.3.0/24');
  expect([addresses.take(), addresses.take()]).toEqual(['10.64.3.64', '10.64.3.65']);
  addresses.release('10.64.3.64');
  expect(addresses.take()).toBe('10.64.3.66');
});

it('goes on after what is there already, and leaves Docker its share', () => {
  const addresses = createPodAddresses('10.64.3.0/24');
  for (const address of ['10.64.3.100', '10.64.3.2', '172.17.0.3']) addresses.hold(address);
  expect(addresses.take()).toBe('10.64.3.101');
});

it('comes back to the lowest free one at the end, and says when none is left', () => {
  const addresses = createPodAddresses('10.64.3.16/28');
  const all = Array.from({ length: 11 }, () => addresses.take());
  expect([all[0], all.at(-1)]).toEqual(['10.64.3.20', '10.64.3.30']);
  expect(() => addresses.take()).toThrow('no address is free in 10.64.3.16/28');
  addresses.release('10.64.3.25');
  expect(addresses.take()).toBe('10.64.3.25');
});

it('makes the hardware address of an address', () => {
  expect(hardwareAddressOf('10.64.3.255')).toBe('02:42:0a:40:03:ff');
});
