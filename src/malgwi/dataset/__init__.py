"""A corpus prepared: measured, split, checked, written as a folder that training reads."""
