#!/usr/bin/env bash
# The loop in seven panes of one tmux session: load emulator, collector, optimizer, actuator, controller, the pods, and a shell
# with kubectl. On the cluster of KUBECONFIG if that is set, else on the embedded one, which is started in a window of its own.
set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/launch-terms.sh [--stop | --help]

Runs the loop in panes of one tmux session, on the cluster of KUBECONFIG if that is set, else on the embedded one.

  (nothing)     start and attach; without a terminal: start, and say how to attach
  --stop        end it all
  -h, --help    print this

INFERNO_TMUX_SESSION names the session (inferno). Settings of the services are those of this shell: each says with
`npm run SERVICE -- --help` which they are.
END
}

case "$#:${1:-}" in
0: | 1:--stop) ;;
1:-h | 1:--help)
  usage
  exit 0
  ;;
*)
  echo "unknown: $*" >&2
  usage >&2
  exit 2
  ;;
esac

REPO_BASE="$(cd "$(dirname "$0")/.." && pwd)"
export REPO_BASE
session="${INFERNO_TMUX_SESSION:-inferno}"

if ! command -v tmux >/dev/null 2>&1; then
  echo 'tmux is needed for the panes and was not found: install it (Debian: apt-get install tmux), or start the services one by one as the README shows' >&2
  exit 1
fi

if [ "${1:-}" = --stop ]; then
  if ! tmux has-session -t "=$session" 2>/dev/null; then
    echo "no session $session is running"
    exit 0
  fi
  # Ctrl-c first: the services stop in order; then the panes go.
  for pane in $(tmux list-panes -s -t "=$session" -F '#{pane_id}'); do tmux send-keys -t "$pane" C-c; done
  for _ in $(seq 50); do
    # A pane that is back at its shell has nothing running any more.
    busy=$(tmux list-panes -s -t "=$session" -F '#{pane_current_command}' | grep -c -v -E '^(ba|z|da|fi)?sh$' || true)
    [ "$busy" = 0 ] && break
    sleep 0.2
  done
  tmux kill-session -t "=$session"
  exit 0
fi

if tmux has-session -t "=$session" 2>/dev/null; then
  echo "session $session is running already: tmux attach -t $session, or $0 --stop" >&2
  exit 1
fi

node "$REPO_BASE/scripts/ensure-installed.mjs" --build

embedded=no
if [ -z "${KUBECONFIG:-}" ]; then
  embedded=yes
  export LOCAL_CLUSTER_DIR="${LOCAL_CLUSTER_DIR:-$REPO_BASE/.local-cluster}"
  export KUBECONFIG="$LOCAL_CLUSTER_DIR/kubeconfig"
fi
export INFERNO_DATA_PATH="${INFERNO_DATA_PATH:-$REPO_BASE/sample-data/small/}"
# shellcheck source=scripts/setparms.sh
. "$REPO_BASE/scripts/setparms.sh"

cd "$REPO_BASE"
# By name, as a tmux server that runs already has the environment of whoever started it.
variables=()
for name in $(compgen -e); do
  case "$name" in
  INFERNO_* | LOG_* | CONTROLLER_* | COLLECTOR_* | ACTUATOR_* | LOCAL_CLUSTER_* | DEFAULT_MAX_QUEUE_SIZE | WATCH_NAMESPACE | KUBECONFIG | REPO_BASE)
    variables+=(-e "$name=${!name}")
    ;;
  esac
done

tmux new-session -d -s "$session" -n loop -x 220 -y 60 -c "$REPO_BASE" "${variables[@]}"
window="$session:loop"
if [ "$embedded" = yes ]; then
  tmux new-window -d -t "$session" -n cluster -c "$REPO_BASE" "${variables[@]}"
  tmux send-keys -t "$session:cluster" 'npm run --silent local-cluster' Enter
  for _ in $(seq 150); do
    [ -s "$KUBECONFIG" ] && kubectl get --raw /readyz >/dev/null 2>&1 && break
    sleep 0.2
  done
  kubectl get ns infer >/dev/null 2>&1 || kubectl apply -f yamls/workload >/dev/null
fi

# pane <background> <title> <command>: every pane starts a shell, so that a service that ends leaves its last words to read.
pane() {
  local id
  if [ "${first:-yes}" = yes ]; then
    first=no
    id=$(tmux display-message -p -t "$window" '#{pane_id}')
  else
    id=$(tmux split-window -P -F '#{pane_id}' -t "$window" -c "$REPO_BASE" "${variables[@]}")
    tmux select-layout -t "$window" tiled >/dev/null
  fi
  tmux select-pane -t "$id" -T "$2" -P "bg=$1,fg=black"
  [ -z "$3" ] || tmux send-keys -t "$id" "$3" Enter
}

tmux set-option -t "$session" pane-border-status top >/dev/null
tmux set-option -t "$session" pane-border-format ' #{pane_title} ' >/dev/null
pane colour215 'load emulator' 'npm run --silent load-emulator'
pane colour120 collector 'npm run --silent collector'
pane colour203 optimizer 'npm run --silent optimizer'
pane colour111 actuator 'npm run --silent actuator'
pane colour227 controller 'npm run --silent controller'
pane colour230 pods 'kubectl get pods -A -l inferno.server.name -w'
pane colour114 kubectl ''
tmux select-layout -t "$window" tiled >/dev/null

if [ -t 1 ] && [ -z "${TMUX:-}" ]; then
  exec tmux attach -t "$session"
fi
echo "running: tmux attach -t $session; end with $0 --stop"
