"""What changes consultation. Rows are locked in this order: conversation, task, reservation, shift."""
