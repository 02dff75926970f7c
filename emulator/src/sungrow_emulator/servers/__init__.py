"""Thin asyncio shells that own sockets."""
