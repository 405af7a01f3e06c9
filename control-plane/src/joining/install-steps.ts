/**
 * The steps of the script of install-script.ts, as functions of the shell: text that is the same for every cluster. They use the variables that stand at its head and
 * are called by its `main`, in this order. POSIX sh: dash, bash and busybox read it.
 */
import { agentFilesPath } from './agent-files.ts';
import { unitText } from './unit.ts';

const common = `say() { printf '  %s\\n' "$*"; }
die() { printf 'kedge: %s\\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
# Runs a command, or only says it.
do_() { if [ -n "$dry" ]; then say "would run: $*"; else "$@"; fi; }
systemd_runs() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# What comes from the command line goes into files and commands: only harmless characters. A ] stands first among them, a - last.
check() { # what value characters
  case $2 in '') die "$1 is empty" ;; *[!$3]*) die "$1 has characters that do not belong there" ;; esac
}

download() { curl -fsS --retry 3 --connect-timeout 20 "$@" </dev/null; }

fetch() { # url file
  if [ -n "$ca" ]; then download --proto =https --cacert "$work/ca.crt" -o "$2" "$1"; else download -o "$2" "$1"; fi
}

# From anywhere: its checksum is known.
fetch_public() { # url file
  case $1 in "$server"/*) fetch "$1" "$2" ;; *) download -L -o "$2" "$1" ;; esac
}
`;

const docker = `# Standard input is this script: nothing that runs here may read it. Other users of apt, as a new machine has them, are waited for.
apt_get() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -q -o DPkg::Lock::Timeout=300 \\
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null >>"$work/apt.log" 2>&1
}

packages() {
  missing=
  if [ "$docker" = yes ] && [ -z "$docker_host" ] && [ ! -S /var/run/docker.sock ] && ! has dockerd; then missing=' docker.io'; fi
  has nft || missing="$missing nftables"
  has ip || missing="$missing iproute2"
  has iptables || missing="$missing iptables"
  has conntrack || missing="$missing conntrack"
  if [ -z "$missing" ]; then say 'Docker and network tools are there'; return 0; fi
  has apt-get || die "missing:$missing. This script installs packages on Debian and Ubuntu only: install Docker Engine, nftables, iproute2, iptables and conntrack yourself, then run it again."
  if [ -n "$dry" ]; then say "would install$missing"; return 0; fi
  say "Installing$missing ..."
  # one of several sources may be broken, and not the one that is needed
  apt_get update || say 'apt-get update failed; trying with the package lists that are there'
  # shellcheck disable=SC2086 # a list of words
  apt_get install -y --no-install-recommends $missing || { tail -n 8 "$work/apt.log" >&2; die "apt-get install$missing failed: see above"; }
}

start_docker() {
  if [ -n "$root" ] || [ -n "$docker_host" ] || [ "$start" != yes ] || [ -S /var/run/docker.sock ]; then return 0; fi
  if systemd_runs; then
    do_ systemctl enable -q --now docker || die 'Docker does not start: journalctl -u docker says why'
  elif [ -z "$dry" ]; then say 'Docker does not run, and there is no systemd to start it: start dockerd before the agent'; fi
}
`;

const node = `runtime() { # form version url sha512
  target="$root/opt/kedge/runtime/node-$2-$arch"
  node="$target/bin/node"
  if [ -x "$node" ]; then say "Node.js $2 is there"; return 0; fi
  if [ -n "$dry" ]; then say "would download Node.js $2 from $3"; return 0; fi
  say "Downloading Node.js $2 ..."
  fetch_public "$3" "$work/node" || return 1
  printf '%s  %s\\n' "$4" "$work/node" | sha512sum -c - >/dev/null 2>&1 || { say "the checksum of $3 is wrong"; return 1; }
  rm -rf "$target.new"; mkdir -p "$target.new/bin"
  if [ "$1" = npm ]; then tar -xzf "$work/node" -C "$target.new" --strip-components=1 package/bin/node || return 1; else cp "$work/node" "$target.new/bin/node" || return 1; fi
  chmod 755 "$target.new/bin/node"; rm -f "$work/node"
  "$target.new/bin/node" --version >/dev/null 2>&1 </dev/null || { say "Node.js $2 does not run on this machine: it needs glibc 2.28 and libstdc++"; return 1; }
  rm -rf "$target"; mv "$target.new" "$target"
  say "Node.js $2 in $target"
}

choose_node() {
  for node in /usr/bin/node /usr/local/bin/node; do
    if [ -z "$root" ] && [ -x "$node" ] && "$node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 22 ? 0 : 1)' 2>/dev/null </dev/null; then
      say "Node.js of this machine: $node"; return 0
    fi
  done
  download_node
}
`;

const agent = `install_agent() {
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

# Before anything is changed: a machine is a node of one cluster, and becomes one by a token.
may_join() {
  if [ ! -f "$state/agent.json" ]; then
    [ -n "$token" ] || die '--token is missing: make one with \`kedge token create --join\`'
    return 0
  fi
  joined=$(sed -n 's/^ *"server": "\\([^"]*\\)".*/\\1/p' "$state/agent.json")
  [ "$joined" = "$server" ] || die "this machine is a node of the cluster at $joined: leave that first with /opt/kedge/bin/kedge-agent leave"
}

join() {
  if [ -f "$state/agent.json" ] && [ -z "$token" ]; then say 'This machine has joined already'; return 0; fi
  if [ -n "$dry" ]; then say "would join as node \${node_name:-$(uname -n)} and keep its credential in $state"; return 0; fi
  mkdir -p "$state"; chmod 700 "$state"
  [ -z "$ca" ] || cp "$work/ca.crt" "$state/ca.crt"
  set -- join --server "$server" --dir "$state"
  [ -z "$ca" ] || set -- "$@" --ca "$state/ca.crt"
  [ -z "$node_name" ] || set -- "$@" --node-name "$node_name"
  [ -z "$docker_host" ] || set -- "$@" --docker-host "$docker_host"
  # the token goes through the environment: other users see the arguments of a process
  KEDGE_TOKEN=$token "$node" --disable-warning=ExperimentalWarning "$root/opt/kedge/versions/$name/agent.mjs" "$@" </dev/null
}
`;

const service = `service() {
  if [ -n "$dry" ]; then say "would write $unit and start it"; return 0; fi
  mkdir -p "$root/etc/systemd/system"
  cat >"$unit" <<'UNIT'
${unitText.trim()}
UNIT
  say "Service in $unit"
  if [ "$start" != yes ] || [ -n "$root" ]; then return 0; fi
  if ! systemd_runs; then say 'systemd does not run here; start the agent with: /opt/kedge/bin/kedge-agent'; return 0; fi
  systemctl daemon-reload
  systemctl enable -q kedge-agent
  rm -f "$state/ready"
  systemctl restart kedge-agent || die 'the agent does not start: journalctl -u kedge-agent says why'
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    if [ -f "$state/ready" ]; then say 'The node is Ready; journalctl -u kedge-agent shows its log'; return 0; fi
    sleep 1
  done
  say 'The agent runs, and its node is not Ready yet: journalctl -u kedge-agent says why'
}

# What others put on the machine stays: Docker, packages, images.
uninstall() {
  if [ -z "$root" ] && [ -f "$state/agent.json" ] && [ -x /opt/kedge/bin/kedge-agent ]; then
    # shellcheck disable=SC2086 # nothing, or one word
    do_ /opt/kedge/bin/kedge-agent leave $force </dev/null || die 'the node could not leave: see above; --uninstall --force removes it whatever the cluster says'
    return 0
  fi
  if systemd_runs && [ -f "$unit" ]; then do_ systemctl disable -q --now kedge-agent || say 'the service could not be stopped'; fi
  do_ rm -rf "$unit" "$root/opt/kedge" "$state"
  if systemd_runs; then do_ systemctl daemon-reload; fi
  [ -n "$dry" ] || say 'Nothing of Kedge is left here.'
}
`;

/** Definitions alone: nothing in it runs by itself. */
export const installSteps = [common, docker, node, agent, service].join('\n');
