#!/bin/sh
# A compiler that keeps something in the temporary folder, starts a process, and never ends.
touch "$TMPDIR/half.s"
sleep 600 &
wait
