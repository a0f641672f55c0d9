#!/usr/bin/env bash
# Checks the project, and lays it out as one DAG folder with everything in it, for targets that ship a single folder.
# Usage: deploy/stage.sh FOLDER     FOLDER must be new or empty. PYTHON=... names another interpreter than .venv's.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd -P)
python=${PYTHON:-$root/.venv/bin/python}
[[ -x $python ]] || python=$(command -v "$python" || command -v python3)

if [[ $# != 1 ]] || [[ -e $1 && -n $(ls -A "$1") ]]; then
    sed -n '3s/^# //p' "$0" >&2
    exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd -P)

# By the package that is shipped, whichever else is installed: what it compiles is looked up by its own content, too.
mlpipelines() {
    (cd "$root" && PYTHONPATH=dags PYTHONDONTWRITEBYTECODE=1 "$python" -m mlpipelines "$@")
}

# Files get the time of now (-m), so that tools that compare times and sizes see all of them as new: `k: 3` and `k: 5`
# have the same size, and an older version of a file may come back.
copy() { # FROM TO [what is left out]
    local from=$1 to=$2
    shift 2
    mkdir -p "$to"
    tar -C "$from" --exclude=__pycache__ --exclude='*.pyc' "$@" -cf - . | tar -C "$to" -xmf -
}

mlpipelines validate
# The embedded SageMaker is for local runs; pages of documentation are for people.
copy "$root/dags" "$folder" --exclude=./mlpipelines/local --exclude=ruff.toml
copy "$root/schemas" "$folder/schemas" --exclude='*.md'
copy "$root/templates" "$folder/templates" --exclude='*.md'
copy "$root/pipelines" "$folder/pipelines"
# Always there: what is compiled depends on it.
[[ ! -e $root/pyproject.toml ]] || cp "$root/pyproject.toml" "$folder/pyproject.toml"
# Airflow would look for DAGs in the Python files beside pipelines, and walk through the others for nothing.
printf '\n%s/\n%s/\n%s/\n%s/\n' pipelines schemas templates .mlpipelines >>"$folder/.airflowignore"
mlpipelines compile --output "$folder/.mlpipelines/compiled"
