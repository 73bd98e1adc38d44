"""Sound and text, and what both are measured in: samples, letters, frames, errors."""
