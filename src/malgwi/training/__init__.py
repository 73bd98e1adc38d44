"""Fine-tuning: a data set and a checkpoint to a run folder."""
