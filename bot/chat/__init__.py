"""The writing side: talks with people and puts their letters into the store."""
