#!/bin/bash
# Serve the sheets' sockets (and whatever else is ASGI) with daphne.
#
# The listening socket is not ours. Supervisor (fcgi-program) or systemd (.socket) made it and hands
# it over, so it lives on while we are restarted: who knocks meanwhile waits instead of being
# refused, and several of us listen on one.
#
# By hand, to try it out:   start_daphne.sh --bind 127.0.0.1 --port 8001
set -euo pipefail

SITE=/srv/quayside

set -o allexport
source "$SITE/site.env"
set +o allexport
cd "$SITE/project"

if [ $# -gt 0 ]; then
    listen=("$@")
else
    if [ "${LISTEN_PID:-}" != "$$" ]; then
        # Not systemd. Supervisor hands the socket over as descriptor 0, but only to an
        # [fcgi-program:…]. Under a plain [program:…] descriptor 0 is no socket, and `daphne --fd 0`
        # ends with "Listen failure: [Errno 88] Socket operation on non-socket".
        if [ ! -S /dev/stdin ]; then
            echo "Descriptor 0 is no socket. Start this by supervisor's [fcgi-program:…], by" \
                "systemd's .socket, or with --bind and --port." >&2
            exit 2
        fi
        # daphne's own --fd takes TCP sockets alone: on a unix socket it answers nothing. Its
        # endpoint for systemd knows both kinds, and looks for the socket at descriptor 3.
        exec 3<&0 </dev/null
        export LISTEN_PID=$$ LISTEN_FDS=1
    fi
    # Twisted wants as many names as sockets.
    export LISTEN_FDNAMES=${LISTEN_FDNAMES:-sheets}
    listen=(--endpoint systemd:domain=UNIX:index=0)
fi

# --proxy-headers: the visitor's address is in X-Forwarded-For; nginx is the only one who can reach
#     our socket. (How they came, http or https, Django reads by itself: BEHIND_TLS.)
# --verbosity 0: no line for every request; nginx has them. Livesheet's own log is not affected.
# exec: signals are for daphne, not for a shell around it.
exec "$SITE/venv/bin/daphne" "${listen[@]}" --proxy-headers --verbosity 0 config.asgi:application
