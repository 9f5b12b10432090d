"""Pictures of pages compared: pure."""
