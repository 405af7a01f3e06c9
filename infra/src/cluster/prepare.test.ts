import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkTag, findTokenUser } from '#control-plane/auth/tokens.ts';
import { clusterFolder, readJson } from './folder.ts';
import { prepareCluster } from './prepare.ts';
import { settingNames } from './settings.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kedge-prepare-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const options = { dockerHost: 'unix:///nowhere/docker.sock', nodeName: 'n1', taken: async () => [] };
const prepare = (more: Partial<Parameters<typeof prepareCluster>[1]> = {}) => prepareCluster(clusterFolder(root), { ...options, ...more });
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const everything = () =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'utf8')]),
  );

describe('prepareCluster', () => {
  it('finds everything as it was the second time', async () => {
    expect((await prepare()).isNew).toBe(true);
    const before = everything();
    expect((await prepare()).isNew).toBe(false);
    expect(everything()).toEqual(before);
  });

  it('keeps every file that holds a secret to its owner', async () => {
    await prepare();
    for (const path of Object.keys(everything())) expect([path, statSync(path).mode & 0o077]).toEqual([path, 0]);
  });

  it('puts the admin token into the kubeconfig alone, and its hash where the control plane finds it', async () => {
    await prepare();
    const { token } = parse(read('kubeconfig')).users[0].user;
    const holders = Object.entries(everything())
      .filter(([, content]) => content.includes(token.split('.')[2]))
      .map(([path]) => path);
    expect(holders).toEqual([join(root, 'kubeconfig')]);
    const { tokenHmacKey } = JSON.parse(read('keys.json'));
    const found = await findTokenUser({ tokenHmacKey, known: JSON.parse(read('control-plane.json')).bootstrapTokens }, token);
    expect(found?.user).toEqual({ name: 'kubernetes-admin', groups: ['system:masters'] });
  });

  it('makes a new admin token when the kubeconfig was lost, and the old one stops to work', async () => {
    await prepare();
    const { tokenHmacKey } = JSON.parse(read('keys.json'));
    const old = parse(read('kubeconfig')).users[0].user.token;
    rmSync(join(root, 'kubeconfig'));
    await prepare();
    const known = JSON.parse(read('control-plane.json')).bootstrapTokens;
    expect(await findTokenUser({ tokenHmacKey, known }, old)).toBeUndefined();
    const token = parse(read('kubeconfig')).users[0].user.token;
    expect(await checkTag({ tokenHmacKey }, token)).toBeDefined();
    expect((await findTokenUser({ tokenHmacKey, known }, token))?.user.name).toBe('kubernetes-admin');
  });

  it('keeps what a person added to the kubeconfig', async () => {
    await prepare();
    writeFileSync(join(root, 'kubeconfig'), read('kubeconfig').replace('user: kedge-admin', 'user: kedge-admin\n      namespace: mine'));
    await prepare();
    expect(read('kubeconfig')).toContain('namespace: mine');
  });

  it('leaves networks to another cluster that chose them at the same moment', async () => {
    const all = Array.from({ length: 64 }, (_, i) => `10.${64 + i}.0.0/16`);
    const answers = [all.filter((cidr) => cidr !== '10.70.0.0/16'), all.filter((cidr) => cidr !== '10.71.0.0/16')];
    const claims: string[] = [];
    const taken = async () => answers.shift() ?? [];
    const { identity } = await prepare({ taken, claim: ({ podCIDR }) => claims.push(podCIDR) });
    expect(claims).toEqual(['10.70.0.0/16', '10.71.0.0/16']);
    expect([identity.podCIDR, identity.serviceCIDR]).toEqual(['10.71.0.0/16', '10.135.0.0/16']);
    expect((await prepare()).identity).toEqual(identity);
  });

  it('keeps no networks that another cluster has, when a person named them', async () => {
    writeFileSync(join(root, 'settings.yaml'), 'podCIDR: 10.70.0.0/16\n');
    const answers = [[], ['10.70.0.0/16']];
    await expect(prepare({ taken: async () => answers.shift() ?? [], claim: () => {} })).rejects.toThrow('overlaps 10.70.0.0/16');
    expect((await prepare()).isNew).toBe(true);
  });

  it('moves to another port and stays there', async () => {
    await prepare({ port: 7443 });
    expect((await prepare()).url).toBe('https://127.0.0.1:7443');
    expect(parse(read('kubeconfig')).clusters[0].cluster.server).toBe('https://127.0.0.1:7443');
    expect(JSON.parse(read('agent.json')).server).toBe('https://127.0.0.1:7443');
  });

  it('gives the node the address of the API and of DNS in the service network', async () => {
    const { identity } = await prepare();
    expect(JSON.parse(read('agent.json')).clusterDNS).toBe(identity.serviceCIDR.replace('.0.0/16', '.0.10'));
  });

  it.each([
    ['cluster.json', 'cluster.json is missing beside a database'],
    ['keys.json', 'keys.json is missing, and Secrets in the database are sealed with it'],
    ['pki/ca.key', 'is damaged: put ca.crt and ca.key back'],
  ])('refuses to go on without %s, and changes nothing', async (lost, line) => {
    await prepare();
    writeFileSync(join(root, 'data/database'), 'rows');
    rmSync(join(root, lost));
    const before = everything();
    await expect(prepare()).rejects.toThrow(line);
    expect(everything()).toEqual(before);
  });

  it('gives the control plane every setting of settings.yaml, and an existing cluster no other network', async () => {
    const asked = {
      podCIDR: '10.64.0.0/12',
      ...{ logLevel: 'warn', nodePortRange: [31_000, 31_999], plan: 'paid', audit: { level: 'Metadata' } },
      oidc: { issuer: 'https://id.example.org', clientId: 'kedge' },
    };
    expect(Object.keys(asked).sort()).toEqual([...new Set(settingNames.map((name) => name.split('.')[0]))].sort());
    writeFileSync(join(root, 'settings.yaml'), JSON.stringify(asked));
    await prepare();
    expect(JSON.parse(read('control-plane.json'))).toMatchObject(asked);
    writeFileSync(join(root, 'settings.yaml'), 'podCIDR: 10.80.0.0/12');
    await expect(prepare()).rejects.toThrow('podCIDR is 10.80.0.0/12, and the cluster was made with 10.64.0.0/12, which it keeps');
  });

  it('refuses a folder of a newer Kedge', async () => {
    await prepare();
    writeFileSync(join(root, 'cluster.json'), JSON.stringify({ ...readJson<object>(join(root, 'cluster.json')), version: 2 }));
    await expect(prepare()).rejects.toThrow('was written by a newer Kedge');
  });
});
