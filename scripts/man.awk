# Converts a manual page in docs/man, which uses a small subset of Markdown, to roff. -v version=TEXT sets the footer.
#   # name(8) - text    title and NAME        ## X    section        - term: text   definition, on one line
#   four spaces         example               `x`, **x** bold, *x* italic
function literal(s) {
    gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s)
    return (s ~ /^[.']/ ? "\\&" : "") s
}
function inline(s,    out, token, marks) {
    s = literal(s)
    while (match(s, /`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*/)) {
        token = substr(s, RSTART, RLENGTH)
        marks = token ~ /^\*\*/ ? 2 : 1
        out = out substr(s, 1, RSTART - 1) (token ~ /^(`|\*\*)/ ? "\\fB" : "\\fI") substr(token, marks + 1, length(token) - 2 * marks) "\\fR"
        s = substr(s, RSTART + RLENGTH)
    }
    return out s
}
# Called before each kind of output: ends or starts an example, separates paragraphs.
function enter(kind) {
    if (in_example && kind != "example") print ".EE\n.RE"
    if (kind == "example" && !in_example) print ".PP\n.RS 4\n.EX"
    else if (kind == "example" && blank) print ""
    if (kind == "text" && blank && previous != "section") print ".PP"
    in_example = kind == "example"; previous = kind; blank = 0
}

/^# / {
    name = substr($2, 1, index($2, "(") - 1)
    print ".TH " toupper(name) " 8 \"\" \"lade " version "\"\n.SH NAME\n" literal(name) " \\- " inline(substr($0, index($0, " - ") + 3))
    next
}
/^$/ { blank = 1; next }
/^## / { enter("section"); print ".SH " substr($0, 4); next }
/^    / { enter("example"); print literal(substr($0, 5)); next }
/^- / { enter("definition"); at = index($0, ": "); print ".TP\n" inline(substr($0, 3, at - 3)) "\n" inline(substr($0, at + 2)); next }
{ enter("text"); print inline($0) }
END { enter("end") }
