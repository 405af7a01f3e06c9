import { describe, expect, it } from 'vitest';
import { formatFieldSelector, matchesFields, parseFieldSelector, SelectorError } from './field.ts';

describe('parseFieldSelector', () => {
  it('reads all operators and escapes', () => {
    expect(parseFieldSelector('')).toEqual([]);
    expect(parseFieldSelector('spec.nodeName=n1,status.phase!=Running,metadata.name==a')).toEqual([
      { field: 'spec.nodeName', operator: '=', value: 'n1' },
      { field: 'status.phase', operator: '!=', value: 'Running' },
      { field: 'metadata.name', operator: '=', value: 'a' },
    ]);
    expect(parseFieldSelector('spec.nodeName=')).toEqual([{ field: 'spec.nodeName', operator: '=', value: '' }]);
    const escaped = parseFieldSelector('a=x\\,y\\=z\\\\');
    expect(escaped).toEqual([{ field: 'a', operator: '=', value: 'x,y=z\\' }]);
    expect(parseFieldSelector(formatFieldSelector(escaped))).toEqual(escaped);
  });

  it('refuses the rest with upstream words', () => {
    expect(() => parseFieldSelector('a')).toThrow(new SelectorError("invalid selector: 'a'; can't understand 'a'"));
    expect(() => parseFieldSelector('a=b\\c')).toThrow(SelectorError);
    expect(() => parseFieldSelector('a=b=c')).toThrow(SelectorError);
  });

  it('matches', () => {
    const read = (field: string): string => (field === 'a' ? 'x' : '');
    expect(matchesFields(parseFieldSelector('a=x,b='), read)).toBe(true);
    expect(matchesFields(parseFieldSelector('a!=x'), read)).toBe(false);
  });
});
