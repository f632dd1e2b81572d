"""From the change log to the sockets: one reader for each sheet, rows read for each audience."""
