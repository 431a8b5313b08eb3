"""What staff can ask of the service, one file for each errand.

A verb is a function of the office, the arguments and a way to tell how far it is. It decides by
the rules and tables, does what they say in one transaction, and answers with words and numbers.
"""
