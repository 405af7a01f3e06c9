/** `kedge doctor`: what is wrong on this machine and in the cluster of the kubeconfig, each with how to mend it (`--edge`: doctor/edge/edge.ts). Exit code 1 when something is. */
import { existsSync } from 'node:fs';
import { Agent, fetch } from 'undici';
import { gitVersion } from '#schema/version.ts';
import { type ApiAccess, accessOf, createApi, kubeconfigPath } from '../backup/api.ts';
import { clusterFolder } from '../cluster/folder.ts';
import type { Command, CommandInput } from '../commands.ts';
import { clockFinding, nodeFindings, readyFinding, tokenFindings } from '../doctor/cluster.ts';
import { edgePlan, edgeText, measureEdge } from '../doctor/edge/edge.ts';
import { type Finding, failed, findingsText, ok, warning } from '../doctor/finding.ts';
import { diskFinding, dockerFinding, nodeFinding, portFinding, toolsFinding } from '../doctor/machine.ts';
import { nodeLayout, stateFiles } from '../node/layout.ts';
import { systemd } from '../node/service.ts';
import { nodeStatus } from '../node/status.ts';
import { PersonError } from '../person-error.ts';
import { bootstrapTokens, ownTokens, tokenEntryOf } from '../tokens/list.ts';

const answerMs = 15_000;

const reach = async ({ server, caPem }: ApiAccess): Promise<{ readonly findings: Finding[]; readonly answers: boolean }> => {
  const dispatcher = new Agent({ connect: caPem === undefined ? {} : { ca: caPem } });
  try {
    const response = await fetch(`${server}/readyz?verbose`, { dispatcher, signal: AbortSignal.timeout(answerMs) });
    const body = await response.text();
    const ready = readyFinding(response.status, body);
    return { findings: [ready, clockFinding(response.headers.get('date') ?? undefined, Date.now())], answers: ready.state === 'ok' };
  } catch (error) {
    const cause =
      (error as Error).cause instanceof Error
        ? ((error as Error).cause as Error & { code?: string })
        : (error as Error & { code?: string });
    const mends: Readonly<Record<string, string>> = {
      ECONNREFUSED: 'start it: npm start (or npm run dev:workers)',
      ENOTFOUND: 'is the address in the kubeconfig right, and does name resolution work here?',
      DEPTH_ZERO_SELF_SIGNED_CERT: 'the kubeconfig lacks the CA of the cluster: take the one of its folder',
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the kubeconfig has another CA than the cluster: take the one of its folder',
      CERT_HAS_EXPIRED: 'is the clock of this machine right? Otherwise start the control plane again: it renews its certificate',
    };
    return {
      findings: [
        failed(
          'control plane',
          `${server} does not answer: ${cause.message}`,
          mends[cause.code ?? ''] ?? 'is a firewall or a proxy in between?',
        ),
      ],
      answers: false,
    };
  } finally {
    await dispatcher.destroy();
  }
};

const secrets = '/api/v1/namespaces/kube-system/secrets';

const inCluster = async (access: ApiAccess): Promise<Finding[]> => {
  const api = createApi(access);
  try {
    const version: string = (await api.call('GET', '/version')).gitVersion;
    const own = gitVersion();
    const same =
      version === own
        ? ok('version', version)
        : warning(
            'version',
            `the control plane is ${version}, this command line ${own}`,
            'upgrade the older one: kedge deploy, or npm start of the newer release',
          );
    const { items: nodes } = await api.call('GET', '/api/v1/nodes');
    const lists = await Promise.all(
      [ownTokens, bootstrapTokens].map((type) => api.call('GET', `${secrets}?fieldSelector=${encodeURIComponent(`type=${type}`)}`)),
    );
    const nowMs = Date.now();
    const tokens = lists.flatMap(({ items }) => (items as any[]).flatMap((secret) => tokenEntryOf(secret, nowMs) ?? []));
    return [same, ...nodeFindings(nodes, version), ...tokenFindings(tokens, nowMs)];
  } catch (error) {
    return [failed('rights', (error as Error).message, 'take a kubeconfig of an admin: kedge token create')];
  } finally {
    await api.close();
  }
};

const cluster = async ({ dir, options }: CommandInput): Promise<Finding[]> => {
  const path = kubeconfigPath(options, clusterFolder(dir).kubeconfig);
  if (!existsSync(path))
    return [
      warning('cluster', `there is no kubeconfig ${path}`, 'npm start makes a cluster here; --kubeconfig or KUBECONFIG names another'),
    ];
  let access: ApiAccess;
  try {
    access = accessOf(path, options.context);
  } catch (error) {
    return [failed('kubeconfig', (error as Error).message, 'put it right, or name another with --kubeconfig')];
  }
  const { findings, answers } = await reach(access);
  return [ok('kubeconfig', `${path}, ${access.server}`), ...findings, ...(answers ? await inCluster(access) : [])];
};

/** When this machine joined a cluster. */
const asNode = async (): Promise<Finding[]> => {
  const layout = nodeLayout();
  if (!existsSync(stateFiles(layout.state).config)) return [];
  const { node, server, ready, message, service, returned } = await nodeStatus(layout, systemd);
  if (ready === 'True')
    return [
      returned
        ? warning('this node', `${node} is Ready, but its last upgrade was taken back: ${returned}`, 'journalctl -u kedge-agent says why')
        : ok('this node', `${node} of ${server} is Ready`),
    ];
  return [
    failed(
      'this node',
      `${node} of ${server}${service ? ` (service ${service})` : ''}: ${message}`,
      'sudo systemctl restart kedge-agent; journalctl -u kedge-agent says more',
    ),
  ];
};

/** `--edge`: what the platform under the control plane of the kubeconfig does, measured. */
const edge = async ({ dir, options }: CommandInput): Promise<number> => {
  const idleSeconds = Number(options.idle ?? '120');
  if (!(idleSeconds >= 1 && idleSeconds <= 3600)) throw new PersonError(`--idle ${options.idle}: seconds, from 1 to 3600.`);
  const access = accessOf(kubeconfigPath(options, clusterFolder(dir).kubeconfig), options.context);
  const asked = { idleMs: idleSeconds * 1000 };
  // programs read standard output
  (options.json ? console.error : console.log)(edgePlan(access.server, asked));
  const report = await measureEdge(access, asked);
  console.log(options.json ? JSON.stringify(report, null, 2) : `\n${edgeText(report)}`);
  return report.refusal !== undefined || report.findings.some(({ state }) => state === 'failed') ? 1 : 0;
};

export const command: Command = async (input) => {
  if (input.options.edge) return edge(input);
  const folder = clusterFolder(input.dir);
  const findings = [
    nodeFinding(process.versions.node),
    await dockerFinding(process.env),
    toolsFinding(process.env.PATH ?? '', process.getuid?.()),
    diskFinding(input.dir),
    await portFinding(folder),
    ...(await asNode()),
    ...(await cluster(input)),
  ];
  console.log(input.options.json ? JSON.stringify(findings, null, 2) : findingsText(findings));
  return findings.some(({ state }) => state === 'failed') ? 1 : 0;
};
