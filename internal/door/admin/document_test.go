package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// FuzzDocument reads anything as YAML: it becomes JSON of about its own size, soon,
// or is refused for the client to read.
func FuzzDocument(f *testing.F) {
	for _, text := range []string{
		"breach: {response: flag}\nshadows:\n  - name: a\n    adaptive:\n      learningDays: 3\n", `{"breach":{"response":"flag"}}`,
		"a: &x [1]\nb: *x\n", "- - - ? [", "a: |\n  text\nb: >-\n  text\n", "!!binary aGk=", "---\na: 1\n...\n---\nb: 2\n", "\"\\u00e9\\x\"", "a: 1e400\nb: .nan\nc: 0o17",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxBody {
			t.Skip()
		}
		begun := time.Now()
		got, err := jsonOf([]byte(text))
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%d bytes took %v", len(text), took)
		}
		if len(got) > 10*len(text)+100 {
			t.Errorf("%d bytes became %d", len(text), len(got))
		}
		if f, ok := fault.As(err); err != nil && (!ok || f.Code != invalidPolicy) {
			t.Errorf("not for the client: %v", err)
		}
	})
}

func TestTheLongestDocumentIsReadSoon(t *testing.T) {
	const soon = 3 * time.Second // under the race detector, on a busy machine; else some 0.2 s
	for name, text := range map[string]string{
		"of addresses": "adaptive: {detectors: {alwaysAllow: [" + strings.Repeat(`"2001:db8::/32",`, 4000) + "]}}",
		"of text":      "a: \"" + strings.Repeat("x\\n", 20_000) + "\"",
		"of lines":     "a: |\n" + strings.Repeat("  x\n", 16_000),
		"of remarks":   strings.Repeat("#\n", 32_000) + "a: b",
		"of no end":    "a: \"" + strings.Repeat("x\n", 30_000),
		"of tags":      strings.Repeat("!a ", 19_000),
	} {
		begun := time.Now()
		_, err := jsonOf([]byte(text))
		if took := time.Since(begun); took > soon {
			t.Errorf("%s: %d bytes took %v (%v)", name, len(text), took, err)
		}
		t.Logf("%s: %v", name, time.Since(begun))
	}
}
