import { expect, test } from 'vitest';
import { registryBase } from './registry.ts';

test('the registry is an https address that a script may carry', async () => {
  expect(await registryBase('https://registry.example')).toBe('https://registry.example/');
  expect(await registryBase('https://registry.example:8443/npm/')).toBe('https://registry.example:8443/npm/');
  for (const odd of ['http://registry.example/', 'https://user:word@registry.example/', "https://registry.example/'; reboot", 'file:///x'])
    await expect(registryBase(odd)).rejects.toThrow('npm_config_registry');
});
