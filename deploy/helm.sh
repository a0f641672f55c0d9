#!/usr/bin/env bash
# Sets up the official Airflow chart on Kubernetes for this project, or changes it; deploy/helm.md explains.
# Usage: deploy/helm.sh [--dry-run] IMAGE:TAG REPOSITORY [HELM ARGUMENTS...]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(dirname "$here")
python=${PYTHON:-$root/.venv/bin/python}
[[ -x $python ]] || python=$(command -v "$python" || command -v python3)
run=()
if [[ ${1:-} == --dry-run ]]; then
    run=(echo)
    shift
fi
# A tag, and no port of a registry without one.
if (($# < 2)) || [[ $1 == -* || ! $1 =~ :[A-Za-z0-9_][A-Za-z0-9_.-]*$ ]]; then
    sed -n '3s/^# //p' "$0" >&2
    exit 2
fi
image=$1 repository=$2
shift 2

cd "$root"
PYTHONPATH=dags PYTHONDONTWRITEBYTECODE=1 "$python" -m mlpipelines validate
${run[@]+"${run[@]}"} docker build --tag "$image" .
${run[@]+"${run[@]}"} docker push "$image"
${run[@]+"${run[@]}"} helm upgrade --install airflow airflow --repo https://airflow.apache.org \
    --namespace airflow --create-namespace --values "$here/helm-values.yaml" \
    --set "images.airflow.repository=${image%:*}" --set "images.airflow.tag=${image##*:}" \
    --set "dags.gitSync.repo=$repository" "$@"
