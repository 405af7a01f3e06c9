import { describe, expect, it } from 'vitest';
import { parseProxyName } from './proxy.ts';

describe('parseProxyName', () => {
  it.each([
    ['web', { scheme: 'http', name: 'web', port: '' }],
    ['web:8080', { scheme: 'http', name: 'web', port: '8080' }],
    ['web:http', { scheme: 'http', name: 'web', port: 'http' }],
    ['https:web:8443', { scheme: 'https', name: 'web', port: '8443' }],
    ['https:web:', { scheme: 'https', name: 'web', port: '' }],
    [':web:', { scheme: 'http', name: 'web', port: '' }],
  ])('%s', (text, parsed) => expect(parseProxyName(text)).toEqual(parsed));

  it.each(['', ':80', 'ftp:web:80', 'https::80', 'a:b:c:d'])('refuses %s', (text) =>
    expect(() => parseProxyName(text)).toThrow(/invalid proxy request/),
  );
});
