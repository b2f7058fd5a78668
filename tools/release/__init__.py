"""One command makes a release, up to publishing it: `make release VERSION=1.2.3`.

steps         what it does, in order; CONTRIBUTING's checklist is generated from them
wanted        whether this version of this checkout can be released
edits         the changelog's section, `__version__`
artifacts     sdist, wheel and SBOM; the same bytes from the same commit
bill          the SBOM
licences      the licence of a package in the words of SPDX
metadata      what wheel and sdist say of themselves, and whether what publishes them knows that
interpreters  the supported Pythons of this machine
environments  a clean environment: install, run
running       a program, and why a release goes no further
"""
