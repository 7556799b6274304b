"""A mutation tester for check(): it makes small changes to every right answer. check() must catch each of them."""
