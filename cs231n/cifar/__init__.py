"""Download, unpack and read CIFAR-10. Servers and files are never trusted. Import these functions from ``data_utils``."""
