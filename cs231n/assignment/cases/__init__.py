"""What check() compares with: fixed inputs, right outputs, how an answer is called, and how two arrays differ."""
