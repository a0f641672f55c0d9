#!/usr/bin/env bash
# Deploys the project to an Amazon MWAA environment; deploy/mwaa.md says what it does and what it needs.
# Usage: deploy/mwaa.sh [--dry-run] ENVIRONMENT
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=$(dirname "$here")
dry_run='' environment=''
for argument in "$@"; do
    case $argument in
        --dry-run) dry_run=--dryrun ;;
        -*) environment='' && break ;;
        *) # one at a time
            [[ -z $environment ]] || { environment='' && break; }
            environment=$argument
            ;;
    esac
done
if [[ -z $environment ]]; then
    sed -n '3s/^# //p' "$0" >&2
    exit 2
fi

say() { printf '== %s\n' "$*"; }
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}
ask() { aws mwaa get-environment --name "$environment" --query "Environment.[$1]" --output text; }

answer=$(ask 'SourceBucketArn,DagS3Path,AirflowVersion,Status')
read -r arn dags version status <<<"$answer"
bucket=${arn##*:}
dags=s3://$bucket/${dags%/}
locked=$(sed -n 's/^apache-airflow==\([0-9.]*\).*/\1/p' "$root/requirements.txt")
[[ $version == "$locked" ]] ||
    fail "$environment runs Airflow $version, this project is locked for $locked (deploy/mwaa.md, \"Versions\")"
[[ $status == AVAILABLE ]] || fail "$environment is $status: try again when it is AVAILABLE"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
"$here/stage.sh" "$stage/dags"

# MWAA brings Airflow itself. Its version must not be asked for once more, and its other pins would be in the way.
airflow='^apache-airflow(-core|-task-sdk)?(\[.*\])?=='
grep -Ev "$airflow" "$root/constraints.txt" >"$stage/dags/constraints.txt"
{
    echo '--constraint "/usr/local/airflow/dags/constraints.txt"'
    # A new lock is a new file, so that MWAA installs it.
    echo "# $(cksum <"$stage/dags/constraints.txt")"
    grep -Ev "$airflow" "$root/requirements.txt"
} >"$stage/requirements.txt"
cp "$here/mwaa-startup.sh" "$stage/startup.sh"

sync() { aws s3 sync ${dry_run:+"$dry_run"} --no-progress "$stage/dags" "$dags" "$@"; }
changed() { ! aws s3 cp "s3://$bucket/$1" - 2>/dev/null | cmp -s - "$stage/$1"; }
put() { aws s3api put-object --bucket "$bucket" --key "$1" --body "$stage/$1" --query VersionId --output text; }

await_update() {
    local deadline=$((SECONDS + 3600))
    while status=$(ask Status) && [[ $status != AVAILABLE ]]; do
        if [[ $status == *FAILED* ]] || ((SECONDS > deadline)); then
            fail "the update of $environment is $status"
        fi
        sleep "${MWAA_POLL_SECONDS:-30}"
    done
    status=$(ask 'LastUpdate.Status')
    [[ $status == SUCCESS ]] || fail "the update of $environment ended as $status: its logs of requirements say why"
}

# The packages first: what is deployed next may need them. MWAA takes half an hour for it; it happens with a new lock.
if changed requirements.txt || changed startup.sh; then
    say "requirements.txt or startup.sh is new: $environment has to be updated"
    if [[ -z $dry_run ]]; then
        aws s3 cp --no-progress "$stage/dags/constraints.txt" "$dags/constraints.txt"
        requirements=$(put requirements.txt)
        startup=$(put startup.sh)
        aws mwaa update-environment --name "$environment" \
            --requirements-s3-path requirements.txt --requirements-s3-object-version "$requirements" \
            --startup-script-s3-path startup.sh --startup-script-s3-object-version "$startup"
        await_update
    fi
fi

say "what pipelines are made with, then pipelines, then DAG files; at last what is gone goes"
sync --exclude 'pipelines/*' --exclude load_pipelines.py --exclude invalid_pipelines.py
sync --exclude '*' --include 'pipelines/*'
sync --delete
say "deployed to $dags${dry_run:+ (not really: a dry run)}"
