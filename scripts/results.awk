# Reads the results of tests that are not .NET: the Test Anything Protocol ("ok", "not ok", "1..N", notes after it; an expected failure,
# "# TODO", counts as skipped), or lines "PASS name", "FAIL name", "SKIP name: reason" (notes, indented, before them). Prints the failed and
# skipped tests with their notes, and writes "passed failed skipped" to the file named by -v counts=FILE. Fewer results
# than the plan ("1..N") count as a failure.
BEGIN { passed = failed = skipped = 0; planned = -1 }
/^1\.\.[0-9]+/ { planned = substr($0, 4) + 0; next }
/^ok([ \t]|$)/ {
    failing = 0
    if (match($0, /#[ \t]*[Ss][Kk][Ii][Pp]/)) { skipped++; sub(/^ok[ \t]*/, ""); print "SKIP " $0 } else passed++
    next
}
/^not ok([ \t]|$)/ && /#[ \t]*TODO/ { failing = 0; skipped++; sub(/^not ok[ \t]*/, ""); print "SKIP " $0; next }
/^not ok([ \t]|$)/ { failed++; failing = 1; sub(/^not ok[ \t]*/, ""); print "FAIL " $0; next }
/^Bail out!/ { failed++; print "FAIL " $0; next }
/^PASS / { passed++; notes = ""; next }
/^SKIP / { skipped++; notes = ""; print; next }
/^FAIL / { failed++; print; printf "%s", notes; notes = ""; next }
/^[ \t]*#/ && failing { print "    " $0; next }
/^[ \t]/ { notes = notes $0 "\n" }
END {
    if (planned >= 0 && passed + failed + skipped < planned) {
        print "FAIL the plan was 1.." planned ", but there were " passed + failed + skipped " results"
        failed++
    }
    print passed, failed, skipped > counts
}
