"""The command line: the same words as the desk, for those who prefer to type.

It talks to the service over the local socket and opens no store itself. Nothing personal is an
argument: cases come from files or standard input, codes and passphrases from a prompt or a file
descriptor.
"""
