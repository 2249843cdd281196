"""What the directory's pages and services read, restricted to who looks where it is not public."""
