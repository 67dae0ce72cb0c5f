#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# benchmarks/scripts/jmh-report.sh PAGE: measures each path of translation with JMH, on an idle computer some eleven
# minutes, and writes a page. Two runs, because both kinds of benchmarks have a parameter `model` and want other values.

set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
page=${1:?PAGE is missing}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Three times half a second to warm up is too short for Graal to end, so tiers are those of C1 and C2.
options=(-wi 3 -w 500ms -i 5 -r 300ms -f 1 -rf json)

"$here"/penumbra jmh 'Path|Event|RootSwitch|Trap|Region|TlbHit|Dispatch|Decode' "${options[@]}" \
    -p model=native,tsp,ssp,hap -p engine=interpreter,optimised -rff "$folder/paths.json"
"$here"/penumbra jmh Fence "${options[@]}" -p model=native,ssp -rff "$folder/fences.json"
"$here"/penumbra jmh --report "$page" --results "$folder/paths.json" --results "$folder/fences.json"
