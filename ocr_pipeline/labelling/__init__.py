"""The truth tool: a person writes down what stands in the boxes of own photos."""
