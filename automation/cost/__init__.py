"""What a stack costs in a month: list prices of a book on disk, times what a preview would make,
times what the stack's usage file assumes.

Nothing here asks AWS. It leaves out discounts, taxes, support plans and the free tier.
"""
