#!/bin/bash
# Bring a new version into service while people work.   release.sh FOLDER
#
# FOLDER is the new version's project, installed and ready beside the old one. Sheets stay open:
# each reconnects within a second or two, resumes where it was, and sends what was typed meanwhile.
#
# A migration has to leave the running version able to work until the last process is replaced:
# add first (with a default in the database, or NULL), remove in a later release.
set -euo pipefail

SITE=/srv/quayside
NEW=$(realpath "$1")
SUPERVISORCTL=(supervisorctl)

set -o allexport
source "$SITE/site.env"
set +o allexport

# The database and the static files first; names with hashes let both versions' files lie there.
cd "$NEW"
"$SITE/venv/bin/python" manage.py migrate --no-input
"$SITE/venv/bin/python" manage.py collectstatic --no-input --verbosity 0

# `project` is a link; put the new one in its place in one step.
ln -sfn "$NEW" "$SITE/project.new"
mv -T "$SITE/project.new" "$SITE/project"

# New gunicorn workers with the new code; the old ones finish what they have.
"${SUPERVISORCTL[@]}" signal HUP quayside-pages

# One process of the sheets after the other; the next one when this one listens again. Meanwhile
# nginx sends whoever comes to the others.
for process in $("${SUPERVISORCTL[@]}" status 'quayside-sheets:*' | awk '{print $1}'); do
    "${SUPERVISORCTL[@]}" restart "$process"
    until [ -S "$SITE/run/sheets_${process#*:}.sock" ]; do sleep 0.2; done
done
