"""Measuring: contestants take turns, and what counts is the median over the rounds."""

import datetime
import gc
import os
import platform
import time
from importlib import metadata

import numpy as np


def clock(threads):
    """What to read before and after: on one thread the processor time of this process, which a busy machine does not
    lengthen; on several (and where that clock is coarse) the time on the wall."""
    fine = time.get_clock_info("process_time").resolution <= 1e-6
    return time.process_time if threads == 1 and fine else time.perf_counter


def interleaved(contestants, rounds, inner=1, warmup=3, threads=1):
    """Time functions that take turns.

    Arguments:
        contestants: dictionary from a name to a function without arguments.
        rounds: how often each has its turn; in every round another one begins.
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
    """How many times as long one contestant takes as the other: the median over the rounds, nan without either."""
    if one not in times or other not in times:
        return float("nan")
    return float(np.median(times[one] / times[other]))


def version(package):
    """A package's version, or None where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def environment(threads):
    """The machine, the versions, the date: what the figures belong to."""
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
    """Print rows of texts under their headers, the first column to the left and the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    print(f"\n{title}")
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line, widths)]
        print("  ".join([line[0].ljust(widths[0]), *cells[1:]]).rstrip())
    for note in notes:
        print(f"  {note}")


def cell(value, digits=2):
    """A number in a table; a dash where there is none."""
    return "-" if value != value else f"{value:.{digits}f}"
