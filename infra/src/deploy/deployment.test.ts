import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rangeCount, rangeOf } from '#control-plane/controllers/node-ipam/cidr.ts';
import { overlaps } from '../cluster/cidr.ts';
import { clusterFolder } from '../cluster/folder.ts';
import { planDeployment } from './deployment.ts';

const newFolder = () => {
  const root = mkdtempSync(join(tmpdir(), 'kedge-deployment-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return clusterFolder(root);
};
const asked = { databaseUrl: 'libsql://kedge-you.example.org' };

test('a new deployment has room for thousands of nodes, beside its services', () => {
  const { podCIDR, serviceCIDR } = planDeployment(newFolder(), asked, '');
  expect(rangeCount(rangeOf(podCIDR), 24)).toBe(4_096);
  expect(overlaps(podCIDR, serviceCIDR)).toBe(false);
});

test('a cluster that was restored for Workers keeps its networks', () => {
  const folder = newFolder();
  const networks = { podCIDR: '10.70.0.0/16', serviceCIDR: '10.134.0.0/16' };
  writeFileSync(folder.identity, JSON.stringify({ version: 1, clusterUid: 'u', ...networks, nodeName: 'n', port: 6443 }));
  expect(planDeployment(folder, asked, '')).toMatchObject({ clusterUid: 'u', ...networks });
});
