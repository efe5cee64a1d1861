"""`/_control/`: what tests and demonstrations order, and what they may see. Not LINE's."""
