"""The lowest floor: formats, keys and proofs that every member and the broker share.

It knows bytes and what they mean. It refuses to know the time, the network and files (the
keystore and the command line excepted), and it has never heard of a centre's cases.
"""
