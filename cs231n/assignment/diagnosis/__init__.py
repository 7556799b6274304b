"""What check() says of a wrong answer: the name of the mistake, where it shows, the smallest example."""
