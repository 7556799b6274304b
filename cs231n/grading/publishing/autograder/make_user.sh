#!/usr/bin/env bash
# Make the user that runs the students' code, and close what it must not read. setup.sh and run_autograder call this.
set -eu
id student >/dev/null 2>&1 || useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin student
mkdir -p /autograder/results
for path in /autograder/source /autograder/submission /autograder/results /autograder/run_autograder \
    /autograder/submission_metadata.json; do
    if [ -e "$path" ]; then
        chown root:root "$path"
        chmod go-rwx "$path"
    fi
done
