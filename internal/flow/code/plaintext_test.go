package code

import (
	"strings"
	"testing"
)

func TestPlainText(t *testing.T) {
	for page, want := range map[string]string{
		"<b>Hello</b> you":                                 "Hello you",
		"Hello <b>you</b>, welcome":                        "Hello you, welcome",
		"one<br>two<br/>three<BR />four":                   "one\ntwo\nthree\nfour",
		"<p>one</p>\n\n<p>two</p>":                         "one\n\ntwo",
		"<style>p { color: red }</style><p>Code {####}":    "Code {####}",
		"<head><title>x</title></head><body>y</body>":      "y",
		"a &lt; b &amp;&nbsp;c":                            "a < b & c",
		"<!-- not <b>this</b> -->but this":                 "but this",
		"<script>alert('<p>')</script>done":                "done",
		"1 < 2":                                            "1 < 2",
		"unfinished <b":                                    "unfinished <b",
		"<table><tr><td>a</td><td>b</td></tr></table>":     "a b",
		"several\nlines of\r\nsource <i>are</i> one":       "several lines of source are one",
		"<a href=\"https://example.com/?a=b>c\">go</a> on": "c\">go on",
	} {
		if got := plainText(page); got != want {
			t.Errorf("%q: got %q, want %q", page, got, want)
		}
	}
}

func FuzzPlainText(f *testing.F) {
	f.Add("<p>Hello {username}, <b>{####}</b><br/></p>")
	f.Add("<style><!-- </style><script")
	f.Fuzz(func(t *testing.T, page string) {
		text := plainText(page)
		if strings.Contains(text, "\n\n\n") || strings.TrimSpace(text) != text {
			t.Errorf("%q is untidy: %q", page, text)
		}
		// Words before any tag are never lost.
		if words, _, _ := strings.Cut(page, "<"); !strings.ContainsAny(words, "&") {
			if first := strings.Fields(words); len(first) > 0 && !strings.HasPrefix(text, first[0]) {
				t.Errorf("%q lost its first word: %q", page, text)
			}
		}
	})
}
