"""Plug-ins: the user's own code that an experiment file names, found, checked and loaded here.

`find_plugin` reads files and runs nothing: an experiment can be checked, and its keys computed,
without running the user's code. `loading` imports it, in the processes that fit.
"""

from reportgen.plugins.finding import SHIPPED, Plugin, find_plugin, is_reference, require_plugin
from reportgen.plugins.syntax import PluginProblem

__all__ = ["SHIPPED", "Plugin", "PluginProblem", "find_plugin", "is_reference", "require_plugin"]
