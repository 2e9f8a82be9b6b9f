"""The demonstration data. All of it is made up.

No comment here was posted by anyone, no person or organisation in it exists, and no rater ever saw it: the comments in
`originals/` were written for this repository, `recipe.py` varies them, and a small rater model stands in for the people
who would have judged them. A bias is planted in its training split on purpose, so that the product has something to
find and mend. Figures measured on it say how the product behaves, never how toxic or how fair anything real is.

Many of the comments are ugly, because a moderation model cannot be shown without what it is meant to catch.
"""
