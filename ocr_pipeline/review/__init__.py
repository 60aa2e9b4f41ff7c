"""The review queue: people key flagged numbers without seeing each other's or the machine's."""
