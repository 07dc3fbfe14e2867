"""How fast the pooling of `pooledu` is, beside that of other libraries, in one process.

``python -m benchmarks`` prints tables and writes ``benchmarks/results/cpu.json``, which the book
and the README quote.
"""
