package branding

import (
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

func TestStyleSheetsGiveALookAndNothingElse(t *testing.T) {
	for _, good := range []string{
		"", " \n", "/* nothing { */", ".label-customizable {font-weight: 400;}",
		".submitButton-customizable:hover { background-color: #286090; }\n.banner-customizable{padding:25px 0}",
		".logo-customizable, .textDescription-customizable { max-width: 60% }",
	} {
		if err := checkCSS(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"body { color: red }", ".other { color: red }", "@import 'https://evil.example/x.css';", ".label-customizable { background: url(https://evil.example) }",
		".label-customizable { background: u\\72l(x) }", ".label-customizable { background: URL ( x ) }", ".label-customizable { color: red", "color: red",
		"</style><script>", ".label-customizable { width: expression(alert(1)) }", ".label-customizable input[value^=a] { color: red }",
		".label-customizable { background: ur/**/l(x) }/* }", "@media print { .label-customizable { color: red } }", ".label-customizable:visited { color: red }",
	} {
		if err := checkCSS(bad); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

func FuzzStyleSheets(f *testing.F) {
	for _, seed := range []string{"/* x */ .label-customizable { color: red }", ".a{", "}{", ".label-customizable{background:url(x)}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, css string) {
		if checkCSS(css) != nil {
			return
		}
		// What a browser would make of it: comments are gone, case and white space do not matter.
		bare := strings.ToLower(strings.Join(strings.Fields(cssComment.ReplaceAllString(css, "")), ""))
		for _, no := range []string{"url(", "@import", "<", "expression("} {
			if strings.Contains(bare, no) {
				t.Errorf("%q brings in %q", css, no)
			}
		}
	})
}

func TestDrawingsDraw(t *testing.T) {
	const head = `<svg xmlns="http://www.w3.org/2000/svg">`
	for text, want := range map[string]bool{
		head + `<path d="M0 0h1v1z"/></svg>`:                                  true,
		`<?xml version="1.0"?>` + head + `<title>T</title></svg>`:             true,
		head + `<script>alert(1)</script></svg>`:                              false,
		head + `<path onclick="alert(1)"/></svg>`:                             false,
		head + `<a href=" java` + "\t" + `script:alert(1)"><path/></a></svg>`: false,
		head + `<foreignObject/></svg>`:                                       false,
		`<!DOCTYPE svg [<!ENTITY a "aaaa">]>` + head + `</svg>`:               false,
		`<html>` + head + `</svg></html>`:                                     false,
		head:                                                                  false,
	} {
		if got := formatOf([]byte(text)) == shape.AssetExtensionTypeSvg; got != want {
			t.Errorf("%s: a drawing %v, want %v", text, got, want)
		}
	}
}

func FuzzPictures(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 abcd"))
	f.Add([]byte{0, 0, 1, 0, 1})
	f.Add([]byte("<svg><script/></svg>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if formatOf(b) == shape.AssetExtensionTypeSvg && strings.Contains(strings.ToLower(string(b)), "<script") && !strings.Contains(string(b), "<!--") && !strings.Contains(string(b), "<![") {
			t.Errorf("a script in %q", b)
		}
	})
}
