/**
 * What is known of a deployment, kept in its folder (0700) for the next `kedge deploy`: which Worker, which database, and the cluster's identity and keys, which
 * are made once and never anew over a database that has another cluster in it.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { databaseIn } from '../backup/database.ts';
import { type ClusterFolder, readJson, writePrivateJson } from '../cluster/folder.ts';
import type { ClusterIdentity } from '../cluster/identity.ts';
import { PersonError } from '../person-error.ts';

export interface Deployment {
  readonly version: 1;
  /** Of the Worker. */
  readonly name: string;
  readonly clusterUid: string;
  readonly podCIDR: string;
  readonly serviceCIDR: string;
  readonly databaseUrl: string;
  readonly region?: string;
  /** https://..., once deployed. */
  readonly url?: string;
}

export const deploymentFile = (folder: ClusterFolder): string => join(folder.root, 'deployment.json');
export const databaseTokenFile = (folder: ClusterFolder): string => join(folder.root, 'database-token');

const nameForm = /^[a-z0-9]([a-z0-9-]{0,52}[a-z0-9])?$/;
const urlForm = /^(https?|libsql):\/\/[^\s"'\\]{1,400}$/;
const regionForm = /^[a-z]{2,10}:[a-z0-9-]{2,40}$/;

export interface Asked {
  readonly name?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly region?: string | undefined;
  readonly url?: string | undefined;
}

const must = (value: string | undefined, form: RegExp, why: string): void => {
  if (value !== undefined && !form.test(value)) throw new PersonError(why);
};

/** The deployment of the folder with what was asked for; a new one where there is none. Nothing is written. @throws PersonError */
export const planDeployment = (folder: ClusterFolder, asked: Asked, steps: string): Deployment => {
  must(asked.name, nameForm, `--name ${asked.name}: small letters, digits and dashes, at most 54; it becomes part of the address.`);
  must(asked.databaseUrl, urlForm, '--database-url: an address such as libsql://kedge-you.turso.io.');
  must(asked.region, regionForm, `--region ${asked.region}: the database's, such as aws:us-east-1.`);
  must(asked.url, /^https:\/\/[A-Za-z0-9.-]+$/, `--url ${asked.url}: an address such as https://kedge.example.com.`);
  const present = readJson<Deployment>(deploymentFile(folder));
  if (present && present.version !== 1)
    throw new PersonError(`${folder.root} was written by a newer Kedge: use that one. Nothing was changed.`);
  // a cluster that was restored into a database over HTTP has an identity and nothing beside it
  const moved = present ? undefined : readJson<ClusterIdentity>(folder.identity);
  if (moved && databaseIn(folder) !== undefined)
    throw new PersonError(
      `${folder.root} holds a cluster on this machine: name another folder with --dir, or move it with kedge restore --to workers.`,
    );
  const databaseUrl = asked.databaseUrl ?? present?.databaseUrl;
  if (databaseUrl === undefined) throw new PersonError(steps);
  const [region, url] = [asked.region ?? present?.region, asked.url ?? present?.url];
  return {
    ...(present ??
      (moved && { version: 1, clusterUid: moved.clusterUid, podCIDR: moved.podCIDR, serviceCIDR: moved.serviceCIDR }) ?? {
        version: 1,
        clusterUid: randomUUID(),
        // a /24 for each of 4,096 nodes
        podCIDR: '10.64.0.0/12',
        serviceCIDR: '10.96.0.0/16',
      }),
    name: asked.name ?? present?.name ?? 'kedge',
    databaseUrl,
    ...(region === undefined ? {} : { region }),
    ...(url === undefined ? {} : { url }),
  };
};

export const saveDeployment = (folder: ClusterFolder, deployment: Deployment): void => writePrivateJson(deploymentFile(folder), deployment);
