#!/usr/bin/env bash
# What `make run` shows a newcomer: ingest a folder, look at it, trace one figure, and what to try next.
# usage: tour.sh LINEAGRAPH SQL DIALECT PROJECT FIGURE
set -euo pipefail
lineagraph=$1 sql=$2 dialect=$3 project=$4 figure=$5

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

# Shows a command, then runs it. Status 1 means "done, with errors in some files": that is part of the tour.
show() {
    say "\$ lineagraph $*"
    local status=0
    "$lineagraph" "$@" || status=$?
    if [ "$status" -gt 1 ] || [ ! -d "$project" ]; then exit "${status/#0/1}"; fi
}

options=(--project "$project")
if [ "$sql" = examples ]; then
    rm -rf "$project"  # the demonstration starts from nothing; a project of one's own is brought up to date
    show ingest "$sql" ${dialect:+--dialect "$dialect"} "${options[@]}"
    show trace "$figure" --type DIRECT --no-influences "${options[@]}"
    say "Try next (in examples/README.md is what there is to find):"
    cat <<NEXT
  $lineagraph trace $figure --project $project   # with conditions, joins, filters
  $lineagraph impact raw.claim_payment.amount_minor --project $project
  $lineagraph show marts.fct_claims --project $project
  $lineagraph search incurred --project $project
  $lineagraph export --format jsonl --project $project
  make run SQL=path/to/your/sql DIALECT=snowflake
NEXT
else
    show ingest "$sql" ${dialect:+--dialect "$dialect"} "${options[@]}"
    say "Try next:"
    cat <<NEXT
  $lineagraph search WORD --project $project             # find a dataset or a column
  $lineagraph show DATASET --project $project            # its columns, where it is defined, who uses it
  $lineagraph trace DATASET.COLUMN --project $project    # what it is made of, with file and line
  $lineagraph impact DATASET.COLUMN --project $project   # what is made of it
NEXT
fi
