"""What a project asks to have installed, and the environments made of it."""
