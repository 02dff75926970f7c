"""The REST client that the command line shares with remote test handles."""
