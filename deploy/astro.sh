#!/usr/bin/env bash
# Deploys the project to an Astro Deployment; deploy/astro.md says what it does and what it needs.
# Usage: deploy/astro.sh [--image] [--dry-run] DEPLOYMENT
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(dirname "$here")
image='' dry_run='' deployment=''
for argument in "$@"; do
    case $argument in
        --image) image=yes ;;
        --dry-run) dry_run=yes ;;
        -*) deployment='' && break ;;
        *) # one at a time
            [[ -z $deployment ]] || { deployment='' && break; }
            deployment=$argument
            ;;
    esac
done
if [[ -z $deployment ]]; then
    sed -n '3s/^# //p' "$0" >&2
    exit 2
fi

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
"$here/stage.sh" "$stage/dags"

cp "$here/astro.Dockerfile" "$stage/Dockerfile"
# The runtime brings Airflow itself, in a build of Astronomer's. Asking for its version once more would replace that.
grep -Ev '^apache-airflow(-core|-task-sdk)?(\[.*\])?==' "$root/requirements.txt" >"$stage/requirements.txt"
: >"$stage/packages.txt"
mkdir "$stage/include" "$stage/plugins" "$stage/.astro"
printf 'project:\n  name: mlpipelines\n' >"$stage/.astro/config.yaml"
printf '.astro\n' >"$stage/.dockerignore"

cd "$stage"
if [[ -n $dry_run ]]; then
    find . -type f | sort
elif [[ -n $image ]]; then
    astro deploy "$deployment"
else
    # Seconds instead of minutes: the image that is there stays, dags/ is all that travels.
    astro deploy "$deployment" --dags
fi
