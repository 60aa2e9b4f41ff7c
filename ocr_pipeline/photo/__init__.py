"""From the bytes of one photo to crops: capture, deskew, identify, boxes, read."""
