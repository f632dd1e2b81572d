"""What goes over a socket: frames, values, ranges of a snapshot, bounds and sending."""
