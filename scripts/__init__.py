"""What `make` runs: installing, supervising, testing and checking. Nothing in the product imports it."""
