"""The portal outside its own site: widgets, feeds, codes, paper, copies for a day without network."""
