"""The closed room for foreign code: bubblewrap, system calls, and what keeps a machine from making one."""
