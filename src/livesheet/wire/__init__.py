"""What is sent over a socket: frames, values and ranges, and the limits of sending."""
