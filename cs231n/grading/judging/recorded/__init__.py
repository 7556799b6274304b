"""What the tasks' cells recorded in the box: read back, and vouched for before anything of it is shown."""
