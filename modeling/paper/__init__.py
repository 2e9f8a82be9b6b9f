"""The paper as data, and what its printed numbers come to when they are reckoned again: for the page "Paper and this system".

Venugopal et al., "A Comprehensive Approach to Bias Mitigation for Sentiment Analysis of Social Media Data", Applied Sciences 14 (2024), 11471.
"""
