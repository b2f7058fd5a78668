"""Compile the templates and the gateways' definitions into the wheel, and record its files.

jinja2 takes 20 to 30 ms to compile a template from its source, and the definitions take as long to read, in every
run; a wheel carries what comes of both under `llmgw_report/_compiled/`. An editable install reads the sources.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "llmgw_report"


class CompileHook(BuildHookInterface[Any]):
    """The wheel's build hook; hatchling finds it by its base class."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add what is compiled to a standard wheel, and to no other."""
        if version != "standard":
            return
        # The backend runs without the checkout on its path.
        sys.path.insert(0, self.root)
        try:
            from llmgw_report import installation
            from llmgw_report.gateways import bundled
            from llmgw_report.renderers._templates import compile_templates
        finally:
            sys.path.remove(self.root)
        self.compiled = TemporaryDirectory(prefix="llmgw-report-")
        made = Path(self.compiled.name)
        compile_templates(made)
        bundled.write(made)
        package = f"{PACKAGE}/"
        taken = {one.distribution_path: Path(one.path) for one in self.build_config.builder.recurse_included_files()}
        files = {name.removeprefix(package): path for name, path in taken.items() if name.startswith(package)}
        files |= {f"{installation.COMPILED}/{path.name}": path for path in made.iterdir()}
        recorded = installation.record({name: path.read_bytes() for name, path in files.items()})
        (made / Path(installation.RECORD).name).write_bytes(recorded)
        build_data["force_include"][self.compiled.name] = f"{PACKAGE}/{installation.COMPILED}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - the hook's signature
        """Remove what `initialize` made, now that it is in the wheel."""
        if version == "standard":
            self.compiled.cleanup()
