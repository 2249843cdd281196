"""Bodies that decide, their meetings and minutes, and the consultation of ministries and the public."""
