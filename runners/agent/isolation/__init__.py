"""The closed room for foreign code: bubblewrap, the filter of system calls, and what prevents a room on a machine."""
