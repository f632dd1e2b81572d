#!/bin/bash
# The same as start_daphne.sh with uvicorn, which is several times faster with many viewers and holds
# back for a browser that does not read.
#
# The listening socket is handed over by supervisor (fcgi-program) or systemd (.socket).
# By hand, to try it out:   start_uvicorn.sh --host 127.0.0.1 --port 8001
set -euo pipefail

SITE=/srv/quayside

set -o allexport
source "$SITE/site.env"
set +o allexport
cd "$SITE/project"

if [ $# -gt 0 ]; then
    listen=("$@")
elif [ "${LISTEN_PID:-}" = "$$" ]; then
    listen=(--fd 3)
elif [ -S /dev/stdin ]; then
    listen=(--fd 0)
else
    echo "Descriptor 0 is no socket. Start this by supervisor's [fcgi-program:…], by" \
        "systemd's .socket, or with --host and --port." >&2
    exit 2
fi

# --forwarded-allow-ips: who comes through a unix socket has no address, so uvicorn's default, to
#     believe 127.0.0.1, would believe nobody. Only nginx can open this socket.
# --ws-per-message-deflate false: compressing for each socket anew costs more than it saves.
# --timeout-graceful-shutdown: a page that is still loading may finish; an open sheet is no reason
#     to wait, it comes back by itself.
exec "$SITE/venv/bin/uvicorn" "${listen[@]}" --forwarded-allow-ips '*' --log-level warning \
    --ws websockets-sansio --ws-per-message-deflate false --timeout-graceful-shutdown 5 \
    --lifespan off config.asgi:application
