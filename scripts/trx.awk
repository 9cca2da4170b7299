# Reads a Visual Studio test result file (trx). Prints "SKIP name: reason" and "FAIL name" with message and stack, and
# writes "passed failed skipped" to the file named by -v counts=FILE. Plain awk: a clean machine has no XML tool.
BEGIN { RS = "<"; passed = failed = skipped = 0 }

function text(s) {
    gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&apos;/, "'", s)
    gsub(/&#x[dD];/, "", s); gsub(/&#x[aA];/, "\n", s); gsub(/&amp;/, "\\&", s)
    return s
}
function attribute(name,    start) {
    start = index($0, " " name "=\"")
    if (!start) return ""
    start = substr($0, start + length(name) + 3)
    return text(substr(start, 1, index(start, "\"") - 1))
}
function body() { return text(substr($0, index($0, ">") + 1)) }
function indent(s) { gsub(/\n/, "\n    ", s); return "    " s }
function finish() {
    sub(/[[:space:]]+$/, "", message)
    if (outcome == "NotExecuted" && message == "") { outcome = "Failed"; message = "skipped without a reason" }
    if (outcome == "Passed") passed++
    else if (outcome == "NotExecuted") {
        skipped++
        gsub(/\n/, " ", message)
        print "SKIP " test ": " message
    } else if (outcome != "") {
        failed++
        print "FAIL " test
        if (message != "") print indent(message)
        if (stack != "") print indent(stack)
    }
    outcome = message = stack = ""
}

/^UnitTestResult / {
    finish()
    test = attribute("testName"); outcome = attribute("outcome")
    if (outcome == "") outcome = "Failed"
}
/^Message>/ && outcome != "" { message = body() }
# xunit writes the reason of a skipped test to the output element.
/^StdOut>/ && outcome == "NotExecuted" { message = body() }
/^StackTrace>/ && outcome != "" { stack = body() }
/^\/Results>/ { finish() }

END { print passed, failed, skipped > counts }
