"""Import contracts that import-linter does not bring."""

from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output


def private_imports(graph: ImportGraph) -> Iterator[tuple[str, str]]:
    """Importer and imported of every import that reaches into a private module of another package.

    `a._b.c` belongs to `a`: only modules of `a` may import it. A module that is in no package, as `_thread` of the
    standard library, has its underscore for another reason.
    """
    for module in sorted(graph.modules):
        parts = module.split(".")
        private = [
            index for index, part in enumerate(parts) if index and part.startswith("_") and not part.startswith("__")
        ]
        if not private:
            continue
        owner = ".".join(parts[: private[-1]])
        importers = sorted(graph.find_modules_that_directly_import(module))
        yield from ((one, module) for one in importers if one != owner and not one.startswith(f"{owner}."))


class PrivateContract(Contract):
    """Contract type `private`: no private module is imported from another package."""

    type_name = "private"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - as the base class has it
        """Whether there is no such import."""
        found = list(private_imports(graph))
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each such import."""
        for importer, imported in check.metadata["found"]:
            output.print_error(f"{importer} imports {imported}, which is private to another package")
