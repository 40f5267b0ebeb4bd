package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var someSettings = []string{"listen", "account", "breach-list", "dev", "smtp"}

func TestConfigFile(t *testing.T) {
	t.Run("a value is what was written", func(t *testing.T) {
		got, err := parseConfig("c.yaml", []byte(`# a comment
listen: 127.0.0.1:0
account: 000000000042   # no octal number
dev: true
smtp: "smtp://u:p@h:25?starttls=none"
breach-list:
  - one.txt
  - 007
`), someSettings)
		want := map[string]entry{
			"listen":      {"127.0.0.1:0", "c.yaml:2"},
			"account":     {"000000000042", "c.yaml:3"},
			"dev":         {"true", "c.yaml:4"},
			"smtp":        {"smtp://u:p@h:25?starttls=none", "c.yaml:5"},
			"breach-list": {[]any{"one.txt", "007"}, "c.yaml:6"},
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, error %v\nwant %v", got, err, want)
		}
	})
	t.Run("an empty file has no settings", func(t *testing.T) {
		for _, text := range []string{"", "\n", "# nothing\n", "---\n", "{}", "null"} {
			if got, err := parseConfig("c.yaml", []byte(text), someSettings); err != nil || len(got) != 0 {
				t.Errorf("%q: got %v, error %v, want nothing", text, got, err)
			}
		}
	})
	t.Run("what is wrong is told with its line", func(t *testing.T) {
		for text, want := range map[string]string{
			"listen: a\nlisen: b\n":             `c.yaml:2: unknown setting "lisen", did you mean listen?`,
			"nothing-like-it: b\n":              `c.yaml:1: unknown setting "nothing-like-it"`,
			"breach: b\n":                       `c.yaml:1: unknown setting "breach", did you mean breach-list?`,
			"\nlisten:\n":                       `c.yaml:2: setting "listen": want one value or a list of values`,
			"listen: {a: b}":                    `c.yaml:1: setting "listen": want one value or a list of values`,
			"breach-list: [[a]]":                `c.yaml:1: setting "breach-list": want one value or a list of values`,
			"listen: &x a\nsmtp: *x\n":          `c.yaml:1: setting "listen": want one value or a list of values`,
			"listen: !!str a":                   `c.yaml:1: setting "listen": want one value or a list of values`,
			"- listen":                          `c.yaml:1: want settings, one ` + "`name: value`" + ` on each line`,
			"listen":                            `c.yaml:1: want settings, one ` + "`name: value`" + ` on each line`,
			"listen: a\n---\nlisten: b\n":       `c.yaml:3: a second document`,
			"[listen]: a\n":                     `c.yaml:1: `,
			"listen: a\nlisten: b\n":            `c.yaml:2: `,
			"listen: \"a\n":                     `c.yaml:1: `,
			"listen: a\n\tsmtp: b\n":            `c.yaml:`,
			"<<: {listen: a}\n":                 `c.yaml:1: `,
			"listen: a\nsmtp: 'topsecret' x: y": `c.yaml:`,
		} {
			got, err := parseConfig("c.yaml", []byte(text), someSettings)
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%q: got %v, error %v, want %s", text, got, err, want)
				continue
			}
			if said := err.Error(); strings.Contains(said, "\n") || strings.Contains(said, "topsecret") {
				t.Errorf("%q: the error is %q, want one line without the value", text, said)
			}
		}
	})
	t.Run("a file that is no configuration is not read to its end", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "huge.yaml")
		if err := os.WriteFile(path, []byte(strings.Repeat("#\n", maxConfigFile)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readConfigFile(path, someSettings)
		var wrong *misconfigured
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "larger than") {
			t.Errorf("got error %v, want that it is too large", err)
		}
	})
}

// FuzzConfigFile holds that no file makes the parser panic or tell a setting that does not exist.
func FuzzConfigFile(f *testing.F) {
	for _, seed := range []string{
		"listen: 127.0.0.1:0\nbreach-list: [a, b]\n", "dev: true", "- a", "{listen: a, smtp: b}", "listen: |\n  a\n  b\n",
		"a: &x [*x]", "? listen\n: a\n", "%YAML 1.2\n---\nlisten: a\n...\n", "listen: \"\\u0000\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		settings, err := parseConfig("c.yaml", text, someSettings)
		if err != nil {
			var wrong *misconfigured
			if !errors.As(err, &wrong) {
				t.Errorf("the error %v tells no place", err)
			}
			return
		}
		for name, e := range settings {
			if !strings.HasPrefix(e.where, "c.yaml:") {
				t.Errorf("%s comes from %q", name, e.where)
			}
			switch e.value.(type) {
			case string, []any:
			default:
				t.Errorf("%s is a %T", name, e.value)
			}
		}
	})
}
