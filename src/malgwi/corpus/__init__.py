"""Corpora as they are published: what is on a disk to rows, nothing decoded here."""
