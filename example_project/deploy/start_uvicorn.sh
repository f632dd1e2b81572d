#!/bin/bash
# The same as start_daphne.sh with uvicorn, which is several times faster with many viewers and holds
# back for a browser that does not read.
#
#     start_uvicorn.sh /srv/quayside/run/sheets_0.sock
#
# Without a path it takes the socket that systemd hands over (quayside-sheets@.socket).
# By hand, to try it out:   start_uvicorn.sh --host 127.0.0.1 --port 8001
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
        listen=(--uds "$1")
        ;;
    *)
        # systemd's are numbered from 3 on, and are meant for the process that LISTEN_PID names.
        if [ "${LISTEN_PID:-}" != "$$" ]; then
            echo "Say where to listen: a path for a unix socket, or --host and --port." >&2
            exit 2
        fi
        listen=(--fd 3)
        ;;
esac

# What a thread has freed, glibc keeps for it alone: with many large edits eighty megabytes, for good.
export MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072

# --forwarded-allow-ips: who comes through a unix socket has no address, so uvicorn's default, to
#     believe 127.0.0.1, would believe nobody. Only nginx can open this socket.
# --ws-max-size: livesheet reads frames of 64 kB (MAX_FRAME_BYTES); what is announced as larger than
#     twice that is refused before it has come in. The default would take 16 MB from everybody.
# --ws-per-message-deflate false: 15 kB could be 15 MB when inflated; and compressing for each
#     socket anew costs more than it saves.
# --timeout-graceful-shutdown: a page that is still loading may finish; an open sheet is no reason
#     to wait, it comes back by itself.
exec "$SITE/venv/bin/uvicorn" "${listen[@]}" --forwarded-allow-ips '*' --log-level warning \
    --ws websockets-sansio --ws-max-size 131072 --ws-per-message-deflate false \
    --timeout-graceful-shutdown 5 --lifespan off config.asgi:application
