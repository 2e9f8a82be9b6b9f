"""One step of the annotation side per module, one public verb each: rows in, rows out."""
