# SPDX-License-Identifier: Apache-2.0
"""hap-beside-kvm.py FILE [LINE...]: writes a page on the model hap beside Debian's KVM, on the same inner workloads.

Each line of treadmill runs once on a machine under --model hap, and once by /dev/kvm in a Debian kernel under --model native,
whose hardware walks both stages. Both count. It takes some minutes; it needs python3 and nothing else.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

LINES = ["forkexit 100", "forkexec 60", "mmapchurn", "protectflip 64 300", "faultstorm 1000 5", "pipeping 8 1000", "sortlarge",
         "hashjoin 50000 300000", "pointerchase 4096 1000000", "compilelike 8", "server 8 100"]
# KVM takes the largest format of the second stage that the hardware has; the model's default is this one.
MMU = ["--mmu", "sv39"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
TREADMILL = BENCHMARKS / "src/main/resources/org/penumbra/benchmarks/treadmill/treadmill.elf"
HYPERVISOR = ROOT / "tests/src/test/resources/linux/treadmill.elf"
SCRIPT = "/mnt/share/hypervisor < /mnt/share/treadmill.elf\nexit $?\n"


def penumbra(*arguments):
    """What a run printed, and its statistics."""
    with tempfile.NamedTemporaryFile(suffix=".json") as stats:
        command = [str(ROOT / "penumbra"), arguments[0], "--stats", stats.name, *MMU, *map(str, arguments[1:])]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            sys.exit(" ".join(command) + " ended with " + str(run.returncode) + ":\n" + run.stdout + run.stderr)
        return run.stdout.replace("\r", "").splitlines(), json.load(open(stats.name))


def row(folder, line):
    image = folder / "treadmill.elf"
    subprocess.run([sys.executable, BENCHMARKS / "treadmill/patch.py", TREADMILL, image, line, "1"], check=True)
    expected, model = penumbra("run", "--model", "hap", image)
    script = folder / "script.sh"
    script.write_text(SCRIPT)
    said, machine = penumbra("linux", "--cpu", "max", "--share", folder, "--script", script)
    result, accesses = said[0], int(said[1].removeprefix("accesses of devices "))
    if expected != [result]:
        sys.exit(line + ": " + str(expected) + " and " + result)
    guests = machine["guestHypervisor"]
    exits = dict(guests["exits"])
    faults = sum(exits.pop(kind + "_guest_page_fault", 0) for kind in ("fetch", "load", "store"))
    # A translation whose entry for the page is there, but not with the permission, walks again.
    misses = model["tlb"]["misses"] + model["tlb"]["permissionMisses"]
    walks = guests["walks"]
    references = model["walkReferences"]
    return [line, model["hypervisorExits"]["g_fault"], faults - accesses, accesses, sum(exits.values()), misses, walks,
            references["guest"], guests["firstStageReferences"], references["host"], guests["secondStageReferences"],
            f"{(references['guest'] + references['host']) / misses:.2f}",
            f"{(guests['firstStageReferences'] + guests['secondStageReferences']) / walks:.2f}"], exits


def page(rows, exits):
    out = ["| workload | memory exits: `hap` | KVM | device accesses | other exits | walks: `hap` | KVM "
           "| guest's tables: `hap` | KVM | second stage: `hap` | KVM | references a walk: `hap` | KVM |",
           "|---|" + "---:|" * 12]
    for cells in rows:
        out.append("| " + " | ".join([f"`{cells[0]}`"] + [f"{cell:,}" if isinstance(cell, int) else cell for cell in cells[1:]]) + " |")
    out.append("\nOther exits, of all workloads: " + ", ".join(f"{name} {exits[name]:,}" for name in sorted(exits)) + ".\n")
    return "\n".join(out)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows, exits = [], {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(HYPERVISOR, folder / "hypervisor")
        (folder / "hypervisor").chmod(0o755)
        for line in sys.argv[2:] or LINES:
            cells, other = row(folder, line)
            print(*cells, flush=True)
            rows.append(cells)
            for cause, count in other.items():
                exits[cause] = exits.get(cause, 0) + count
    pathlib.Path(sys.argv[1]).write_text(page(rows, exits))


main()
