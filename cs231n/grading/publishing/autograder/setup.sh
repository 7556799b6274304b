#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. It installs Python and the grader's packages in
# /opt/grader, and makes the user that runs the students' code.
set -eu
umask 022 # the student's user runs this Python, too
export DEBIAN_FRONTEND=noninteractive
source_folder=/autograder/source

apt-get update -qq
apt-get install -y -qq python3 python3-venv
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11, 4))'; then
    python3 -m venv /opt/grader
else # an older Ubuntu: uv brings a Python of its own, where everybody can read it
    python3 -m venv /opt/uv
    /opt/uv/bin/pip install -q uv
    UV_PYTHON_INSTALL_DIR=/opt/python /opt/uv/bin/uv venv --quiet --seed --python 3.12 /opt/grader
fi
/opt/grader/bin/python -m pip install -q -r "$source_folder/requirements.txt"
bash "$source_folder/make_user.sh"
