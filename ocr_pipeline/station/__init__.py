"""From the page readings of one station to checked results; no picture is touched here."""
