"""Maps as SVG on outlines of our own: no tiles, no licensed geodata, nothing asked of anybody else."""
