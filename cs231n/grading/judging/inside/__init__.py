"""What runs inside the box: copied into it, imported by nothing outside but for its tables."""
