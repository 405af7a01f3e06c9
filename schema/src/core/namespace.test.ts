import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type Namespace, namespaces } from './namespace.ts';

describe('namespaces', () => {
  it('are born active, with their finalizer and their name as a label', () => {
    const { object, errors } = accept(namespaces, { metadata: { name: 'team' }, status: { phase: 'Terminating' } });
    expect(errors).toEqual([]);
    expect(object).toEqual({
      metadata: { name: 'team', labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    expect(row(namespaces, object as Namespace, 0)).toMatchObject({ Name: 'team', Status: 'Active' });
  });

  it('have a DNS label for a name', () => {
    expect(accept(namespaces, { metadata: { name: 'a.b' } }).errors[0]).toMatch(
      /^metadata\.name: Invalid value: "a\.b": must not contain dots$/,
    );
  });

  it('lose no finalizer through an update', () => {
    const { object: old } = accept<Namespace>(namespaces, { metadata: { name: 'team' } });
    const { object } = accept<Namespace>(namespaces, { metadata: { name: 'team' }, spec: {}, status: { phase: 'Terminating' } }, old);
    expect(object.spec).toEqual({ finalizers: ['kubernetes'] });
    expect(object.status).toEqual({ phase: 'Active' });
  });
});
