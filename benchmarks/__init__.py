"""Commands that make every figure which is quoted anywhere: each writes one file of `benchmarks/results/`, row by row."""
