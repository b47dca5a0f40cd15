"""Physics and numerics of the signedag workflow. Import from the submodules; this file stays empty on purpose."""
