"""What check() says about a wrong answer: the name of the mistake, where it shows, and the smallest example."""
