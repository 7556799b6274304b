"""CIFAR-10: fetching it, unpacking it and reading it, each as if the other end were hostile. See ``data_utils``."""
