"""Measure time. Contestants take turns, and the result is the median over the rounds."""

import datetime
import gc
import os
import platform
import time
from importlib import metadata

import numpy as np


def clock(threads):
    """Choose the clock. For one thread it is this process's processor time, which does not grow on a busy machine. For
    several threads, or if that clock is coarse, it is wall-clock time."""
    fine = time.get_clock_info("process_time").resolution <= 1e-6
    return time.process_time if threads == 1 and fine else time.perf_counter


def interleaved(contestants, rounds, inner=1, warmup=3, threads=1):
    """Time functions that take turns.

    Arguments:
        contestants: dictionary from a name to a function without arguments.
        rounds: how often each has its turn. In each round another one begins.
        inner: calls per turn.
        warmup: calls of each before the clock runs.
        threads: of every contestant, which decides on the `clock`.

    Returns:
        Dictionary from the name to an array of ``rounds`` times, in seconds per call.
    """
    for function in contestants.values():
        for _ in range(warmup):
            function()
    names, times, now = list(contestants), {name: [] for name in contestants}, clock(threads)
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                function = contestants[name]
                start = now()
                for _ in range(inner):
                    function()
                times[name].append((now() - start) / inner)
    finally:
        if collecting:
            gc.enable()
    return {name: np.array(values) for name, values in times.items()}


def ratio(times, one, other):
    """The ratio of two contestants' times, as median over the rounds; nan if one of them is missing."""
    if one not in times or other not in times:
        return float("nan")
    return float(np.median(times[one] / times[other]))


def version(package):
    """A package's version, or None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def environment(threads):
    """Describe the machine, the versions and the date of a measurement."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    packages = [f"{name} {version(name) or 'not installed'}" for name in ("numpy", "torch", "jax")]
    load = f"; load average {os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else ""
    now = datetime.datetime.now(datetime.UTC)
    return "\n".join([
        f"machine:  {processor()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}{load}",
        f"software: Python {platform.python_version()}, {', '.join(packages)}; BLAS: {blas['name']} {blas['version']}",
        f"date:     {now:%Y-%m-%d %H:%M} UTC; threads: {threads} for every contestant unless a line says otherwise",
    ])  # fmt: skip


def processor():
    """The processor's name."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"


def table(title, header, rows, notes=()):
    """Print rows of texts under their headers. The first column is aligned left, the others right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    print(f"\n{title}")
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line, widths)]
        print("  ".join([line[0].ljust(widths[0]), *cells[1:]]).rstrip())
    for note in notes:
        print(f"  {note}")


def cell(value, digits=2):
    """Write a number for a table, or a dash for nan."""
    return "-" if value != value else f"{value:.{digits}f}"
