import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type PriorityClass, priorityClasses, systemPriorityClasses } from './priority-class.ts';

const priority = (name: string, fields: object, old?: PriorityClass) =>
  accept<PriorityClass>(priorityClasses, { metadata: { name }, ...fields }, old);

describe('priority classes', () => {
  it('get their defaults', () => {
    const { object, errors } = priority('high', { value: 1000 });
    expect(errors).toEqual([]);
    expect(object.preemptionPolicy).toBe('PreemptLowerPriority');
    expect(row(priorityClasses, object, 0)).toMatchObject({
      Value: 1000,
      'Global-Default': false,
      PreemptionPolicy: 'PreemptLowerPriority',
    });
  });

  it('of the system are two', () => {
    for (const known of systemPriorityClasses) expect(accept(priorityClasses, known).errors).toEqual([]);
    const RESERVED = "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: ";
    expect(priority('system-mine', { value: 1 }).errors).toEqual([`${RESERVED}system-mine is not a known system priority class`]);
    expect(priority('system-node-critical', { value: 1 }).errors).toEqual([
      `${RESERVED}value of system-node-critical PriorityClass must be 2000001000`,
    ]);
    expect(priority('system-node-critical', { value: 2000001000, globalDefault: true }).errors).toEqual([
      `${RESERVED}globalDefault of system-node-critical PriorityClass must be false`,
    ]);
  });

  it('are worth less than those, and always the same', () => {
    expect(priority('high', { value: 1_000_000_001 }).errors).toEqual([
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ]);
    const { object: old } = priority('high', { value: 1 });
    expect(priority('high', { value: 1, description: 'more' }, old).errors).toEqual([]);
    expect(priority('high', { value: 2, preemptionPolicy: 'Never' }, old).errors).toEqual([
      'value: Forbidden: may not be changed in an update.',
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]);
  });
});
