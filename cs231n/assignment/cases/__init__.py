"""The data that check() compares with: fixed inputs, right outputs, how to call an answer, how two arrays differ."""
