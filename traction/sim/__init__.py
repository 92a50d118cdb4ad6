"""The simulated table: body, harness and drive in equations, behind the bench's own controller."""
