"""How a kernel is boxed and started. `box` says what it sees and may use; `kernel_server` forks it from a warm one."""
