import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type Endpoints, endpoints } from '../core/endpoints.ts';
import { type EndpointSlice, endpointSlices } from './endpoint-slice.ts';

const metadata = { name: 'web-1', namespace: 'default' };
const slice = (fields: object, old?: EndpointSlice) =>
  accept<EndpointSlice>(endpointSlices, { metadata, addressType: 'IPv4', endpoints: [{ addresses: ['10.1.0.1'] }], ...fields }, old);

describe('endpoint slices', () => {
  it('are shown with the first few of everything', () => {
    const addresses = ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4'];
    const { object, errors } = slice({ ports: [{ name: 'http', port: 80 }], endpoints: addresses.map((a) => ({ addresses: [a] })) });
    expect(errors).toEqual([]);
    expect(object.ports).toEqual([{ name: 'http', port: 80, protocol: 'TCP' }]);
    expect(row(endpointSlices, object, 0)).toEqual({
      Name: 'web-1',
      AddressType: 'IPv4',
      Ports: '80',
      Endpoints: '10.1.0.1,10.1.0.2,10.1.0.3 + 1 more...',
      Age: '<unknown>',
    });
    expect(row(endpointSlices, slice({ endpoints: [] }).object, 0)).toMatchObject({ Ports: '<unset>', Endpoints: '<unset>' });
  });

  it('hold addresses of their type, and keep it', () => {
    expect(slice({ endpoints: [{ addresses: ['fd00::1'] }] }).errors).toEqual([
      'endpoints[0].addresses[0]: Invalid value: "fd00::1": must be a valid IPv4 address',
    ]);
    expect(slice({ endpoints: [{ addresses: [] }] }).errors).toEqual([
      'endpoints[0].addresses: Required value: must contain at least 1 address',
    ]);
    const { object: old } = slice({});
    expect(slice({ addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }] }, old).errors).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });
});

describe('endpoints', () => {
  const subset = {
    addresses: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }],
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ],
  };
  it('are shown with their ports', () => {
    const { object, errors } = accept<Endpoints>(endpoints, { metadata, subsets: [subset] });
    expect(errors).toEqual([]);
    expect(row(endpoints, object, 0)).toMatchObject({ Endpoints: '10.1.0.1:80,[fd00::1]:80,10.1.0.1:81 + 1 more...' });
    expect(row(endpoints, { metadata }, 0)).toMatchObject({ Endpoints: '<none>' });
  });

  it('need addresses', () => {
    expect(accept(endpoints, { metadata, subsets: [{ ports: subset.ports }] }).errors).toEqual([
      'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
    ]);
  });
});
