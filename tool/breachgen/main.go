// Command breachgen makes the built-in list of package breach: builtin.txt, the
// hashes, and extra.txt, the readable form of those that rules composed.
//
//	go run ./breachgen -out ../breach          write both files
//	go run ./breachgen -out ../breach -check   fail if either would change
package main

import (
	"bytes"
	"crypto/sha1"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ccojocar/zxcvbn-go/frequency"
)

func main() {
	out := flag.String("out", "../breach", "folder of package breach")
	check := flag.Bool("check", false, "change nothing, fail if a file is out of step")
	flag.Parse()
	if err := run(*out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "breachgen:", err)
		os.Exit(1)
	}
}

func run(out string, check bool) error {
	for name, want := range files() {
		path := filepath.Join(out, name)
		if !check {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				return err
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s is out of step: run go generate in breach", path)
		}
	}
	return nil
}

// files is what the generator writes, by name.
func files() map[string][]byte {
	composed := compose()
	return map[string][]byte{
		"builtin.txt": hashes(append(frequent(), composed...)),
		"extra.txt":   []byte(strings.Join(composed, "\n") + "\n"),
	}
}

// frequent is the frequency list of zxcvbn-go without what HTML escaping and
// censoring left in it: entries such as &amp; or f**k were never passwords.
func frequent() []string {
	return slices.DeleteFunc(slices.Clone(frequency.Lists["Passwords"].List), func(p string) bool {
		return p == "" || strings.Contains(p, "&amp") || strings.Contains(p, "**")
	})
}

// hashes writes the SHA-1 of each password, sorted, in the text form that breach.ReadList reads.
func hashes(passwords []string) []byte {
	lines := make([]string, 0, len(passwords))
	for _, p := range passwords {
		lines = append(lines, fmt.Sprintf("%X\n", sha1.Sum([]byte(p))))
	}
	slices.Sort(lines)
	return []byte(strings.Join(slices.Compact(lines), ""))
}
