"""What runs: reported from this machine's container engine where there is one.

Where there is none, the step says so and shows what an empty inventory answers: nothing is made up.
"""

from pathlib import Path

from lading.cli.demo.walk import Walk, require

_SOCKETS = ("/var/run/docker.sock", "/run/podman/podman.sock")


def running_step(walk: Walk) -> str:
    """Report this machine's containers once, and list how they stand."""
    robot = walk.lading_json("robots", "add", "agent", "--on", "**", "--may", "report-runtime")
    require(robot["secret"], "the robot was given no secret")
    sockets = [socket for socket in _SOCKETS if Path(socket).is_socket()]
    if not sockets:
        shown = walk.lading("running").strip()
        return f"no container engine on this machine, so nothing is reported\n{shown}"
    agent = walk.signed_in_as("robot$agent", robot["secret"])
    told = agent.lading("agent", "--once", "--socket", sockets[0], "--host", "this-machine").strip()
    listed = walk.lading_json("running")["items"]
    flags = sorted({flag for each in listed for flag in each["flags"]})
    return f"{told}\n{len(listed)} running, standing: {', '.join(flags) or 'none'}"
