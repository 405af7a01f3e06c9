/**
 * The script behind `curl .../install.sh | sh`: Docker when absent, a Node.js when none fits, the agent under its version, the join, a systemd unit; the steps are
 * install-steps.ts. POSIX sh, the whole of it one command in braces, so that a shell that gets less than all of it runs nothing. Everything that is put into it has a
 * form that cannot leave its quotes, and what a person gives on the command line is checked before it is used.
 */
import type { AgentManifest } from './agent-files.ts';
import { agentFilesPath } from './agent-files.ts';
import { installSteps } from './install-steps.ts';

export interface ScriptInput {
  /** https://HOST[:PORT], as the machine that asked reaches it. */
  readonly server: string;
  /** PEM; '' where the certificate is publicly trusted. */
  readonly caPem: string;
  readonly manifest: AgentManifest;
}

const originForm = /^https?:\/\/(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:\d{1,5})?$/;
const pemForm = /^[A-Za-z0-9+/=\n -]*$/;

/** True when this may stand in the script as the control plane's address. */
export const isOrigin = (text: string): boolean => originForm.test(text);

/** One word of the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const runtimeCases = ({ runtimes }: AgentManifest): string =>
  Object.entries(runtimes)
    .map(([arch, list]) => {
      const tries = list.map(({ version, url, sha512, form }) => {
        const full = url.startsWith('https://') ? quoted(url) : `"$server${agentFilesPath}${url}"`;
        return `runtime ${form} ${quoted(version)} ${full} ${sha512}`;
      });
      return `    ${arch}) ${[...tries, 'die "no Node.js could be downloaded: install Node.js 22 or newer as /usr/bin/node, then run this again"'].join(' || ')} ;;`;
    })
    .join('\n');

/** @throws Error for a server or a CA that must not stand in a script */
export const installScript = ({ server, caPem, manifest }: ScriptInput): string => {
  if (!isOrigin(server)) throw new Error('the address of the control plane has a form that no script may carry');
  if (!pemForm.test(caPem)) throw new Error('the CA is not PEM');
  const { version, agent, launcher } = manifest;
  const name = `${version}-${agent.sha256.slice(0, 12)}`;
  return `#!/bin/sh
# Makes this machine a node of the Kedge cluster at ${server}: Docker, the agent ${version}, a systemd service.
# Safe to run again. --dry-run says what it would do; --help lists the options.
{
set -eu
umask 022
# letters are the 26 of ASCII, messages English; \`su\` leaves the folders of root's programs out
export LC_ALL=C PATH="\${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"

server=${quoted(server)}
ca=${quoted(caPem.trim())}
version=${quoted(version)}
name=${quoted(name)}
agent_sha=${agent.sha256}
agent_file=${quoted(agent.file)}
launcher_sha=${launcher.sha256}
launcher_file=${quoted(launcher.file)}
token=\${KEDGE_TOKEN:-}
node_name=
docker_host=
root=
dry=
start=yes
docker=yes
work=
force=
remove=

usage() {
  cat <<'USAGE'
usage: install.sh --token TOKEN [options]
  --token TOKEN        from \`kedge token create --join\`; or KEDGE_TOKEN
  --node-name NAME     default: the host name
  --server URL         another address of the same control plane
  --docker-host HOST   unix:///path or tcp://host:port; default: the engine of this machine
  --no-docker          do not install Docker
  --no-start           install and join, start nothing
  --root FOLDER        put everything below FOLDER (for images)
  --dry-run            change nothing, say what would be done
  --uninstall          leave the cluster and remove everything of Kedge; --force: whatever the cluster says
USAGE
}

${installSteps}
download_node() {
  case $arch in
${runtimeCases(manifest)}
    *) die "there is no Node.js to download for $arch: install Node.js 22 or newer as /usr/bin/node" ;;
  esac
}

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      --token | --node-name | --server | --docker-host | --root) [ $# -gt 1 ] || die "$1 needs a value" ;;
    esac
    case $1 in
      --token) token=$2; shift ;;
      --node-name) node_name=$2; shift ;;
      --server) server=\${2%/}; shift ;;
      --docker-host) docker_host=$2; shift ;;
      --root) root=\${2%/}; shift ;;
      --no-docker) docker=no ;;
      --no-start) start=no ;;
      --dry-run) dry=yes ;;
      --uninstall) remove=yes ;;
      --force) force=--force ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; die "unknown option $1" ;;
    esac
    shift
  done
  [ "$(uname -s)" = Linux ] || die 'nodes are Linux machines'
  # what programs are made for may be other than the kernel
  machine=$(dpkg --print-architecture 2>/dev/null) || machine=$(uname -m)
  case $machine in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) arch=$machine ;;
  esac
  [ -z "$token" ] || check 'the token' "$token" 'A-Za-z0-9._-'
  [ -z "$node_name" ] || check 'the node name' "$node_name" 'a-z0-9.-'
  [ -z "$docker_host" ] || check '--docker-host' "$docker_host" 'A-Za-z0-9:/._-'
  [ -z "$root" ] || check '--root' "$root" 'A-Za-z0-9/._-'
  check '--server' "$server" '][A-Za-z0-9:/._-'
  [ -z "$force" ] || [ -n "$remove" ] || die '--force goes with --uninstall'
  [ "$(id -u)" = 0 ] || [ -n "$dry" ] || die 'run this as root: curl ... | sudo sh -s -- --token TOKEN'
  state="$root/var/lib/kedge"
  unit="$root/etc/systemd/system/kedge-agent.service"
  if [ -n "$remove" ]; then uninstall; return 0; fi
  may_join
  has curl || die 'curl is missing: apt-get install -y curl'
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  [ -z "$ca" ] || printf '%s\\n' "$ca" >"$work/ca.crt"
  printf 'Kedge node agent %s from %s\\n' "$version" "$server"
  packages
  start_docker
  choose_node
  install_agent
  join
  service
  [ -z "$dry" ] || say 'Nothing was changed.'
}

main "$@"
}
`;
};
