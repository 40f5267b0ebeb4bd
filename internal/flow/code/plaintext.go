package code

import (
	"html"
	"strings"
)

// plainText is what a reader without HTML sees of a template: its words, a line
// for each block. It need not understand the page, only leave nothing out that
// a person would read.
func plainText(page string) string {
	var b strings.Builder
	for page != "" {
		words, rest, found := strings.Cut(page, "<")
		b.WriteString(unbroken.Replace(words))
		if !found {
			break
		}
		page = skipTag(&b, rest)
	}
	return tidy(html.UnescapeString(b.String()))
}

// unbroken makes the line ends of the source spaces, as a browser does.
var unbroken = strings.NewReplacer("\r", " ", "\n", " ")

// skipTag reads a tag of which the < is gone already, and returns what follows it.
func skipTag(b *strings.Builder, s string) string {
	if rest, ok := strings.CutPrefix(s, "!--"); ok {
		_, after, _ := strings.Cut(rest, "-->")
		return after
	}
	tag, rest, found := strings.Cut(s, ">")
	if !found { // a lone < is a word, not a tag
		b.WriteString("<" + s)
		return ""
	}
	name := strings.ToLower(tagName(tag))
	switch name {
	case "script", "style", "head":
		end := strings.Index(strings.ToLower(rest), "</"+name)
		if end < 0 {
			return ""
		}
		return rest[end:]
	case "br", "p", "/p", "div", "/div", "tr", "/tr", "li", "/li", "table", "/table", "hr",
		"h1", "/h1", "h2", "/h2", "h3", "/h3", "h4", "/h4", "ul", "/ul", "ol", "/ol":
		b.WriteByte('\n')
	case "td", "th":
		b.WriteByte(' ')
	}
	return rest
}

func tagName(tag string) string {
	if i := strings.IndexAny(tag, " \t\r\n"); i >= 0 {
		tag = tag[:i]
	}
	if len(tag) > 1 { // <br/>
		tag = strings.TrimSuffix(tag, "/")
	}
	return tag
}

// tidy closes gaps and leaves at most one empty line between two.
func tidy(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, line)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
