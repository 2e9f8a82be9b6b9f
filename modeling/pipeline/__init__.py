"""One step of the loop per module, one public verb each: rows in, rows out. Long work stays outside transactions."""
