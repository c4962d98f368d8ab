"""A small stand-in for kubectl, for machines where there is none: eleven everyday commands, over plain HTTP.

It prints the server's own tables, and names the real kubectl when asked for more than it has.
"""
