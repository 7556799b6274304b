"""Networks that are built from the layers."""
