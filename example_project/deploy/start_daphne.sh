#!/bin/bash
# Serve the sheets' sockets (and whatever else is ASGI) with daphne, on a unix socket of its own:
#
#     start_daphne.sh /srv/quayside/run/sheets_0.sock
#
# By hand, to try it out:   start_daphne.sh --bind 127.0.0.1 --port 8001
set -euo pipefail

SITE=/srv/quayside

set -o allexport
source "$SITE/site.env"
set +o allexport
cd "$SITE/project"

case "${1:-}" in
    --*)
        listen=("$@")
        ;;
    /*)
        # Not `--fd 0`. Descriptor 0 is a socket only where somebody has put one there, as
        # supervisor's [fcgi-program:…] does; elsewhere daphne ends with "Listen failure: [Errno 88]
        # Socket operation on non-socket". And even there it is to be a TCP socket: on a unix socket
        # daphne's --fd answers nothing.
        # --unix-socket would do, but for its queue of 50: whoever comes when that is full is refused
        # at once, and after a restart everybody comes.
        listen=(--endpoint "unix:$1:mode=660:backlog=1024")
        # One that was killed leaves both behind. The lock names its process number, and if another
        # program has that number by now (in a container it is always the same), daphne would
        # believe it alive. Who starts us has made sure that our predecessor is not.
        rm -f "$1" "$1.lock"
        ;;
    *)
        echo "Say where to listen: a path for a unix socket, or --bind and --port." >&2
        exit 2
        ;;
esac

# What a thread has freed, glibc keeps for it alone: with many large edits eighty megabytes, for good.
export MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072

# --proxy-headers: the visitor's address is in X-Forwarded-For; nginx is the only one who can reach
#     our socket. (How they came, http or https, Django reads by itself: BEHIND_TLS.)
# --websocket_connect_timeout: after a restart everybody comes at once, and who is turned away after
#     the usual 5 seconds only comes again.
# --websocket-max-…: livesheet reads frames of 64 kB (MAX_FRAME_BYTES); what is announced as larger
#     than twice that is refused before it has come in. daphne compresses nothing.
# --verbosity 0: no line for every request; nginx has them. Livesheet's own log is not affected.
# exec: signals are for daphne, not for a shell around it.
exec "$SITE/venv/bin/daphne" "${listen[@]}" --proxy-headers --websocket_connect_timeout 20 \
    --websocket-max-message-size 131072 --websocket-max-frame-size 131072 --verbosity 0 \
    config.asgi:application
