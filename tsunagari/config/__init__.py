"""Settings, URLs and the ASGI application; nothing else."""
