# Settings of the loop for this shell. To be sourced, with REPO_BASE naming the checkout:
#   export REPO_BASE=$PWD; . $REPO_BASE/scripts/setparms.sh
# What is set already wins, so that single values can be given before.

if [ -z "${REPO_BASE:-}" ]; then
  echo 'REPO_BASE is not set: export REPO_BASE=<path of the checkout>, then source this file again' >&2
  # shellcheck disable=SC2317 # `exit` runs where the file is executed instead of sourced
  return 1 2>/dev/null || exit 1
fi
if [ ! -d "$REPO_BASE/sample-data" ]; then
  echo "REPO_BASE=$REPO_BASE is no checkout of this project: it has no sample-data" >&2
  # shellcheck disable=SC2317
  return 1 2>/dev/null || exit 1
fi

export CONTROLLER_HOST="${CONTROLLER_HOST:-127.0.0.1}"
export CONTROLLER_PORT="${CONTROLLER_PORT:-3300}"
export COLLECTOR_HOST="${COLLECTOR_HOST:-127.0.0.1}"
export COLLECTOR_PORT="${COLLECTOR_PORT:-3301}"
export INFERNO_HOST="${INFERNO_HOST:-127.0.0.1}"
export INFERNO_PORT="${INFERNO_PORT:-3302}"
export ACTUATOR_HOST="${ACTUATOR_HOST:-127.0.0.1}"
export ACTUATOR_PORT="${ACTUATOR_PORT:-3303}"

export INFERNO_CONTROL_PERIOD="${INFERNO_CONTROL_PERIOD:-60}"
export INFERNO_CONTROL_DYNAMIC="${INFERNO_CONTROL_DYNAMIC:-false}"
# The set of this walk-through, with every type and model of yamls/workload; services started without this file take sample-data/small.
export INFERNO_DATA_PATH="${INFERNO_DATA_PATH:-$REPO_BASE/sample-data/large/}"

if [ -z "${KUBECONFIG:-}" ]; then
  if [ -f "$REPO_BASE/.local-cluster/kubeconfig" ]; then
    export KUBECONFIG="$REPO_BASE/.local-cluster/kubeconfig"
  else
    export KUBECONFIG="$HOME/.kube/config"
  fi
fi
