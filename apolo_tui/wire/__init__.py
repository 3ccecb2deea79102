"""JSON and binary frames to values of the model and back: pure functions in both directions."""
