"""The parts of what a student's function returned, by name."""

from typing import Any

from .differences import Differs, name_type


def split_results(result: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Name the parts of a returned tuple.

    Raises:
        Differs: if the result has another number of parts.
    """
    if len(names) == 1:
        return {names[0]: result}
    if not isinstance(result, (tuple, list)):
        raise Differs(f"returns {_name_returned(result)} where {len(names)} things are asked for: {', '.join(names)}")
    if len(result) != len(names):
        raise Differs(f"returns {len(result)} things where {len(names)} are asked for: {', '.join(names)}")
    return dict(zip(names, result))


def _name_returned(value: Any) -> str:
    return "None (is there a return?)" if value is None else name_type(value)


def select_nodes(result: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Get the named nodes from a returned dictionary.

    Raises:
        Differs: if it is not a dictionary, or if a node is missing.
    """
    if not isinstance(result, dict):
        raise Differs(f"returns {_name_returned(result)} where a dictionary is asked for, with a key for every node")
    missing = [name for name in names if name not in result]
    if missing:
        raise Differs(f"the dictionary has no {', '.join(missing)}")
    return {name: result[name] for name in names}


def running_statistics(param: dict[str, Any]) -> dict[str, Any]:
    """Get the running statistics from ``bn_param`` after a call.

    Raises:
        Differs: if they are missing.
    """
    for key in ("running_mean", "running_var"):
        if key not in param:
            raise Differs(f'bn_param has no "{key}" after a call in training mode')
    return {key: param[key] for key in ("running_mean", "running_var")}
