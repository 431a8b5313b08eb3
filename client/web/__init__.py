"""The desk: pages on this machine's own loopback, for those who prefer to click.

It talks to the service over the local socket, as the command line does, and opens no store itself.
A page says what it sends before anybody presses a button.
"""
