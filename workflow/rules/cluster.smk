"""Resources under the names that HTCondor's executor reads.

needs   mem_mb, runtime and gpu of every rule
makes   the same under HTCondor's names, where a profile gives these a default (workflow/profiles/htcondor), so that
        what a job needs is written down once
"""

HTCONDOR_NAMES = {
    "mem_mb": ("htcondor_request_mem_mb", 1),
    "runtime": ("allowed_execute_duration", 60),  # minutes -> seconds
    "gpu": ("request_gpus", 1),
}


def renamed(resource, name, factor):
    """Give a resource another name and unit; one that depends on the attempt or the input stays a function."""
    if not resource.is_evaluable():
        return type(resource)(name, resource.value * factor)

    def scaled(wildcards, **more):
        value = resource.evaluate(wildcards, **more).value
        return value * factor if isinstance(value, int) else value

    return type(resource)(name, scaled)


for described in workflow.rules:
    for ours, (theirs, factor) in HTCONDOR_NAMES.items():
        if theirs in described.resources and ours in described.resources:
            described.resources[theirs] = renamed(described.resources[ours], theirs, factor)
