/** Where everything of a node lies on its machine. The script, the launcher and the commands agree on it. */
import { join } from 'node:path';

export interface NodeLayout {
  /** Versions of the agent, the Node.js it runs on, the launcher: nothing in it is this node's alone. */
  readonly program: string;
  /** Credential, configuration, view, volumes: 0700. */
  readonly state: string;
  readonly unit: string;
}

export const nodeLayout = (root = ''): NodeLayout => ({
  program: `${root}/opt/kedge`,
  state: `${root}/var/lib/kedge`,
  unit: `${root}/etc/systemd/system/kedge-agent.service`,
});

export const unitName = 'kedge-agent';

export interface StateFiles {
  readonly config: string;
  readonly token: string;
  readonly credential: string;
  readonly machineKey: string;
  readonly servingCert: string;
  readonly servingKey: string;
  readonly ca: string;
  /** Folder of the agent itself. */
  readonly node: string;
  /** Of the running agent. */
  readonly pid: string;
  /** There while the running agent is Ready; holds its version. */
  readonly ready: string;
  /** There while a new version is on trial; holds what `current` pointed at before. */
  readonly trial: string;
  /** Says which version was taken back last, and why. */
  readonly returned: string;
}

export const stateFiles = (state: string): StateFiles => ({
  config: join(state, 'agent.json'),
  token: join(state, 'token'),
  credential: join(state, 'credential.json'),
  machineKey: join(state, 'machine-key'),
  servingCert: join(state, 'serving.crt'),
  servingKey: join(state, 'serving.key'),
  ca: join(state, 'ca.crt'),
  node: join(state, 'node'),
  pid: join(state, 'pid'),
  ready: join(state, 'ready'),
  trial: join(state, 'trial'),
  returned: join(state, 'returned'),
});
