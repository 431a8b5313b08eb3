"""The broker's floor: boards of sealed cells, batches, tokens and the roster's mirror.

It knows cells and the anonymous right to post one. It refuses to know what a cell holds, who
wrote it and whom it is for; it does not even own the code that could open one.
"""
