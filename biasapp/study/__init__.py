"""The study: months of comments, rounds, scripted panels and cycles, replayed through the product's own paths.

What is done is read from the rows that it left, so that a study which was killed at any moment goes on where it was.
"""
