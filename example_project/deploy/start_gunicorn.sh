#!/bin/bash
# Serve the pages, the admin and REST with gunicorn: plain WSGI, as before there were sheets. What
# is saved here reaches the sockets by way of the change log.
#
# Under systemd the socket comes from quayside-pages.socket. Else gunicorn makes its own; it has one
# main process that stays while its workers are replaced (kill -HUP), so nobody is refused.
set -euo pipefail

SITE=/srv/quayside

set -o allexport
source "$SITE/site.env"
set +o allexport

listen=()
if [ "${LISTEN_PID:-}" != "$$" ]; then
    listen=(--bind "unix:$SITE/run/pages.sock")
fi

# --chdir: gunicorn goes there again for every new set of workers, so that after a release, where
#     `project` is a link to another folder, HUP is enough.
# --umask 007: the socket is for our group, which is nginx's (see quayside.conf of supervisor).
# --worker-tmp-dir: the heartbeat's file in memory; on a slow disk it could cost a worker its life.
exec "$SITE/venv/bin/gunicorn" "${listen[@]}" --chdir "$SITE/project" --workers 3 --umask 007 \
    --worker-tmp-dir /dev/shm --access-logfile /dev/null config.wsgi:application
