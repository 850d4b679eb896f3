"""What people read outside of comments: pages, and the reference of commands."""
