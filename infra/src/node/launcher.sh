#!/bin/sh
# Starts the node agent; with arguments, one of its commands. A version on trial that is not Ready within 60 s, or that ends before, is taken back: the version
# before it is started again. Pods are Docker's and do not notice.
# KEDGE_ROOT moves all paths, for tests; KEDGE_TRIAL_LOOKS is how often is looked in a trial, KEDGE_TRIAL_PAUSE the seconds in between.
set -u
program=${KEDGE_ROOT:-}/opt/kedge
state=${KEDGE_ROOT:-}/var/lib/kedge
current=$program/current

agent() { "$current/node" --disable-warning=ExperimentalWarning "$current/agent.mjs" "$@"; }

if [ $# -gt 0 ]; then agent "$@"; exit $?; fi
if [ ! -f "$state/trial" ]; then
  exec "$current/node" --disable-warning=ExperimentalWarning "$current/agent.mjs" run --config "$state/agent.json"
fi

previous=$(cat "$state/trial")
rm -f "$state/ready"
"$current/node" --disable-warning=ExperimentalWarning "$current/agent.mjs" run --config "$state/agent.json" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null; wait "$child"; exit $?' TERM INT
left=${KEDGE_TRIAL_LOOKS:-60}
why='not Ready in time'
while [ "$left" -gt 0 ]; do
  if [ -f "$state/ready" ]; then
    rm -f "$state/trial"
    wait "$child"
    exit $?
  fi
  if ! kill -0 "$child" 2>/dev/null; then why='it ended by itself'; break; fi
  sleep "${KEDGE_TRIAL_PAUSE:-1}"
  left=$((left - 1))
done
kill -TERM "$child" 2>/dev/null
wait "$child"
printf '%s: %s\n' "$(readlink "$current")" "$why" >"$state/returned"
ln -sfn "$previous" "$current.back" && mv -T "$current.back" "$current"
rm -f "$state/trial"
printf 'kedge: the new agent was %s; back to %s\n' "$why" "$previous" >&2
exec "$current/node" --disable-warning=ExperimentalWarning "$current/agent.mjs" run --config "$state/agent.json"
