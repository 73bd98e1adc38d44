"""A checkpoint to a bundle: ONNX, eight bits, each step measured against the one before."""
