"""The marks as files that learning platforms take back: a module for each platform."""
