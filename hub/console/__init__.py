"""Web pages over the hub's rooms: sign-in, counter, TV, board, and the customer's phone (K-06)."""
