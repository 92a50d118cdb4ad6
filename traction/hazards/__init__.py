"""What may go wrong at a table, what stands against it and what shows that: hardware/hazards.toml."""
