/**
 * The script behind `curl .../install.sh | sh`: Docker when absent, a Node.js when none fits, the agent under its version, the join, a systemd unit. POSIX sh, the
 * whole of it in a function that the last line calls, so that half a download does nothing. Everything that is put into it has a form that cannot leave its
 * quotes, and what a person gives on the command line is checked before it is used.
 */
import type { AgentManifest } from './agent-files.ts';
import { agentFilesPath } from './agent-files.ts';
import { unitText } from './unit.ts';

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

const runtimeCases = ({ runtimes }: AgentManifest, server: string): string =>
  Object.entries(runtimes)
    .map(([arch, list]) => {
      const tries = list.map(({ version, url, sha512, form }) => {
        const full = url.startsWith('https://') ? url : `${server}${agentFilesPath}${url}`;
        return `runtime ${form} ${quoted(version)} ${quoted(full)} ${sha512}`;
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
set -eu
umask 022

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

say() { printf '  %s\\n' "$*"; }
die() { printf 'kedge: %s\\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
# Runs a command, or only says it.
do_() { if [ -n "$dry" ]; then printf '  would run: %s\\n' "$*"; else "$@"; fi; }

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
USAGE
}

# What comes from the command line goes into files and commands: only harmless characters.
check() { # what value characters
  case $2 in '') die "$1 is empty" ;; *[!$3]*) die "$1 has characters that do not belong there" ;; esac
}

fetch() { # url file
  if [ -n "$ca" ]; then curl -fsS --proto =https --cacert "$work/ca.crt" -o "$2" "$1"; else curl -fsS -o "$2" "$1"; fi
}

# From anywhere: its checksum is known.
fetch_public() { # url file
  case $1 in "$server"/*) fetch "$1" "$2" ;; *) curl -fsSL -o "$2" "$1" ;; esac
}

runtime() { # form version url sha512
  target="$root/opt/kedge/runtime/node-$2-$arch"
  node="$target/bin/node"
  if [ -x "$node" ]; then say "Node.js $2 is there"; return 0; fi
  if [ -n "$dry" ]; then say "would download Node.js $2 from $3"; return 0; fi
  say "Downloading Node.js $2 ..."
  fetch_public "$3" "$work/node" || return 1
  printf '%s  %s\\n' "$4" "$work/node" | sha512sum -c - >/dev/null 2>&1 || { say "checksum of $3 is wrong"; return 1; }
  rm -rf "$target.new"; mkdir -p "$target.new/bin"
  if [ "$1" = npm ]; then tar -xzf "$work/node" -C "$target.new" --strip-components=1 package/bin/node || return 1; else cp "$work/node" "$target.new/bin/node" || return 1; fi
  chmod 755 "$target.new/bin/node"
  rm -rf "$target"; mv "$target.new" "$target"; rm -f "$work/node"
  say "Node.js $2 in $target"
}

choose_node() {
  for node in /usr/bin/node /usr/local/bin/node; do
    if [ -z "$root" ] && [ -x "$node" ] && "$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 22 ? 0 : 1)' 2>/dev/null; then
      say "Node.js of this machine: $node"; return 0
    fi
  done
  case $arch in
${runtimeCases(manifest, server)}
    *) die "there is no Node.js to download for $arch: install Node.js 22 or newer as /usr/bin/node" ;;
  esac
}

packages() {
  missing=
  if [ "$docker" = yes ] && [ -z "$docker_host" ] && [ ! -S /var/run/docker.sock ] && ! has dockerd; then missing="$missing docker.io"; fi
  has nft || missing="$missing nftables"
  has ip || missing="$missing iproute2"
  has iptables || missing="$missing iptables"
  has conntrack || missing="$missing conntrack"
  if [ -z "$missing" ]; then say 'Docker and network tools are there'; return 0; fi
  has apt-get || die "missing:$missing. This script installs packages on Debian and Ubuntu only: install Docker Engine, nftables, iproute2, iptables and conntrack yourself, then run it again."
  say "Installing$missing ..."
  do_ env DEBIAN_FRONTEND=noninteractive apt-get update -q >"$work/apt.log" 2>&1 || { tail -n 5 "$work/apt.log" >&2; die 'apt-get update failed: see above'; }
  # shellcheck disable=SC2086 # a list of words
  do_ env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >"$work/apt.log" 2>&1 || { tail -n 5 "$work/apt.log" >&2; die "apt-get install$missing failed: see above"; }
  [ -z "$dry" ] || sed -n 's/^  would/  would/p' "$work/apt.log"
}

start_docker() {
  [ -z "$root" ] && [ -z "$docker_host" ] && [ "$start" = yes ] && [ -d /run/systemd/system ] || return 0
  [ -S /var/run/docker.sock ] || do_ systemctl enable --now docker || die 'Docker does not start: journalctl -u docker says why'
}

install_agent() {
  target="$root/opt/kedge/versions/$name"
  if [ -n "$dry" ]; then say "would install the agent $version in $target"; return 0; fi
  mkdir -p "$root/opt/kedge/versions" "$root/opt/kedge/bin" "$target"
  fetch "$server${agentFilesPath}$agent_file" "$work/agent.mjs" || die "the agent could not be downloaded from $server"
  printf '%s  %s\\n' "$agent_sha" "$work/agent.mjs" | sha256sum -c - >/dev/null 2>&1 || die 'the checksum of the agent is wrong: a proxy changed it, or the control plane was upgraded this moment; run this again'
  fetch "$server${agentFilesPath}$launcher_file" "$work/launcher" || die "the launcher could not be downloaded from $server"
  printf '%s  %s\\n' "$launcher_sha" "$work/launcher" | sha256sum -c - >/dev/null 2>&1 || die 'the checksum of the launcher is wrong: run this again'
  cp "$work/agent.mjs" "$target/agent.mjs.new"; mv "$target/agent.mjs.new" "$target/agent.mjs"
  ln -sfn "\${node#"$root"}" "$target/node"
  cp "$work/launcher" "$root/opt/kedge/bin/kedge-agent.new"; chmod 755 "$root/opt/kedge/bin/kedge-agent.new"
  mv "$root/opt/kedge/bin/kedge-agent.new" "$root/opt/kedge/bin/kedge-agent"
  ln -sfn "/opt/kedge/versions/$name" "$root/opt/kedge/current"
  say "Agent $version in $target"
}

join() {
  state="$root/var/lib/kedge"
  if [ -f "$state/agent.json" ] && [ -z "$token" ]; then say 'This machine has joined already'; return 0; fi
  [ -n "$token" ] || die '--token is missing: make one with \`kedge token create --join\`'
  if [ -n "$dry" ]; then say "would join as node \${node_name:-$(hostname)} and keep its credential in $state"; return 0; fi
  mkdir -p "$state"; chmod 700 "$state"
  [ -z "$ca" ] || cp "$work/ca.crt" "$state/ca.crt"
  set -- join --server "$server" --dir "$state"
  [ -z "$ca" ] || set -- "$@" --ca "$state/ca.crt"
  [ -z "$node_name" ] || set -- "$@" --node-name "$node_name"
  [ -z "$docker_host" ] || set -- "$@" --docker-host "$docker_host"
  # the token goes through the environment: other users see the arguments of a process
  KEDGE_TOKEN=$token "$node" --disable-warning=ExperimentalWarning "$root/opt/kedge/versions/$name/agent.mjs" "$@"
}

service() {
  unit="$root/etc/systemd/system/kedge-agent.service"
  if [ -n "$dry" ]; then say "would write $unit and start it"; return 0; fi
  mkdir -p "$root/etc/systemd/system"
  cat >"$unit" <<'UNIT'
${unitText.trim()}
UNIT
  if [ -z "$root" ] && has systemd-analyze; then systemd-analyze verify "$unit" 2>"$work/verify.log" || { cat "$work/verify.log" >&2; die "systemd does not take $unit: see above"; }; fi
  say "Service in $unit"
  if [ "$start" != yes ] || [ -n "$root" ]; then return 0; fi
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable -q kedge-agent
    systemctl restart kedge-agent
    say 'The agent runs: journalctl -u kedge-agent shows its log'
  else
    say 'systemd does not run here; start the agent with: /opt/kedge/bin/kedge-agent'
  fi
}

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      --token | --node-name | --server | --docker-host | --root) [ $# -gt 1 ] || die "$1 needs a value" ;;
    esac
    case $1 in
      --token) token=$2; shift ;;
      --node-name) node_name=$2; shift ;;
      --server) server=$2; shift ;;
      --docker-host) docker_host=$2; shift ;;
      --root) root=$2; shift ;;
      --no-docker) docker=no ;;
      --no-start) start=no ;;
      --dry-run) dry=yes ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; die "unknown option $1" ;;
    esac
    shift
  done
  [ "$(uname -s)" = Linux ] || die 'nodes are Linux machines'
  case $(uname -m) in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) arch=$(uname -m) ;;
  esac
  [ -z "$token" ] || check 'the token' "$token" 'A-Za-z0-9._-'
  [ -z "$node_name" ] || check 'the node name' "$node_name" 'a-z0-9.-'
  [ -z "$docker_host" ] || check '--docker-host' "$docker_host" 'A-Za-z0-9:/._-'
  [ -z "$root" ] || check '--root' "$root" 'A-Za-z0-9/._-'
  check '--server' "$server" 'A-Za-z0-9:/._[]-'
  [ "$(id -u)" = 0 ] || [ -n "$dry" ] || die 'run this as root: curl ... | sudo sh -s -- --token TOKEN'
  has curl || die 'curl is missing: apt-get install -y curl'
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
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
`;
};
