"""Download, unpack and read CIFAR-10. It trusts no server and no file. Import its functions from ``data_utils``."""
