"""Pages of consultation: the person's (`/talk/`) and the desk's."""
