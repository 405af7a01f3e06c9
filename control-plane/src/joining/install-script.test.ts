/** The script's text: what may stand in it, and that a shell can read it. What it does is tests/e2e/join.test.ts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AgentManifest, checkManifest } from './agent-files.ts';
import { installScript } from './install-script.ts';

const runtimes: AgentManifest['runtimes'][string] = [
  { version: '24.1.0', url: 'node-24.1.0', sha512: 'c'.repeat(128), form: 'plain' },
  { version: '24.1.0', url: 'https://registry.example/node-linux/-/node-linux-24.1.0.tgz', sha512: 'd'.repeat(128), form: 'npm' },
];
const manifest: AgentManifest = {
  version: '0.1.0',
  agent: { file: 'agent-0.1.0.mjs', sha256: 'a'.repeat(64), bytes: 1 },
  launcher: { file: 'launcher.sh', sha256: 'b'.repeat(64) },
  runtimes: { x64: runtimes, arm64: runtimes },
};
const caPem = '-----BEGIN CERTIFICATE-----\nAAAA+/==\n-----END CERTIFICATE-----\n';
const server = 'https://10.0.0.5:6443';

/** The script in a shell, as a person gives it words; it changes nothing. */
const dryRun = (...words: string[]) =>
  spawnSync('sh', ['-s', '--', '--dry-run', '--root', '/nowhere', ...words], {
    input: installScript({ server, caPem, manifest }),
    encoding: 'utf8',
  });

test('is a script that a shell can read, and nothing of it runs when it is cut off', () => {
  const text = installScript({ server, caPem, manifest });
  const folder = mkdtempSync(join(tmpdir(), 'kedge-script-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  /** Which of these texts a shell can read. One shell asks for all of them: a process of this size forks slowly. */
  const read = (parts: readonly string[]): string[] => {
    for (const [index, part] of parts.entries()) writeFileSync(join(folder, String(index)), part);
    const ask = 'cd "$1"; i=0; while [ -f "$i" ]; do sh -n "$i" 2>/dev/null && echo "$i"; i=$((i + 1)); done; echo end';
    return spawnSync('sh', ['-c', ask, 'sh', folder], { encoding: 'utf8' }).stdout.trim().split('\n');
  };
  const start = text.indexOf('\n{\n') + 2;
  const end = text.lastIndexOf('}') + 1;
  expect(text.slice(0, start)).toMatch(/^(#.*\n)+\{$/);
  expect(text.slice(end)).toBe('\n');
  // a shell runs a command when it has read all of it
  const cuts = [...Array.from({ length: 40 }, (_, i) => start + Math.floor((i * (end - start)) / 40)), end - 1, end - 2, end - 5];
  expect(read([text, ...cuts.map((cut) => text.slice(0, cut))])).toEqual(['0', 'end']);
});

test('takes an address with a port or of IPv6, and no odd one', () => {
  for (const good of ['https://10.0.0.5:6443/', 'https://[fd00::5]:6443', 'https://kedge.example.com'])
    expect(dryRun('--token', 't', '--server', good)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`from ${good.replace(/\/$/, '')}/kedge/v1/agent/node-24.1.0\n`),
    });
  for (const odd of ['https://x y', 'https://x;reboot', 'https://x$(reboot)', "https://x'"])
    expect(dryRun('--token', 't', '--server', odd)).toMatchObject({
      status: 1,
      stderr: 'kedge: --server has characters that do not belong there\n',
    });
});

test('says what is missing or does not fit before anything else', () => {
  expect(dryRun()).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('--token is missing') });
  expect(dryRun('--token', 't', '--force')).toMatchObject({ status: 1, stderr: 'kedge: --force goes with --uninstall\n' });
  expect(dryRun('--uninstall')).toMatchObject({
    status: 0,
    stdout: '  would run: rm -rf /nowhere/etc/systemd/system/kedge-agent.service /nowhere/opt/kedge /nowhere/var/lib/kedge\n',
  });
});

test('downloads the Node.js of this control plane first, then the one of the registry', () => {
  const text = installScript({ server, caPem, manifest });
  expect(text).toMatch(/x64\) runtime plain '24\.1\.0' "\$server\/kedge\/v1\/agent\/node-24\.1\.0" c{128} \|\| runtime npm .* \|\| die /);
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
    { runtimes: { x64: [{ ...runtimes[0]!, url: "https://x/'; reboot" }] } },
    { runtimes: { x64: [{ ...runtimes[0]!, version: '$(reboot)' }] } },
    { runtimes: { x64: [{ ...runtimes[0]!, form: 'npm; reboot' as 'npm' }] } },
  ])('a manifest with %o is refused', (odd) => {
    expect(() => checkManifest({ ...manifest, ...odd } as AgentManifest)).toThrow('damaged');
  });
});
