// Command breachgen makes the built-in list of package breach: builtin.brx, the
// hashes, and extra.txt, the readable form of those that rules composed.
//
//	go run ./breachgen -out ../breach          write both files
//	go run ./breachgen -out ../breach -check   fail if either would change
package main

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ccojocar/zxcvbn-go/frequency"

	"github.com/gatehouse-id/gatehouse/breach/brx"
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
	made, err := files()
	if err != nil {
		return err
	}
	for name, want := range made {
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
func files() (map[string][]byte, error) {
	composed := compose()
	segment, err := segment(append(frequent(), composed...))
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"builtin.brx": segment,
		"extra.txt":   []byte(strings.Join(composed, "\n") + "\n"),
	}, nil
}

// frequent is the frequency list of zxcvbn-go without what HTML escaping and
// censoring left in it: entries such as &amp; or f**k were never passwords.
func frequent() []string {
	return slices.DeleteFunc(slices.Clone(frequency.Lists["Passwords"].List), func(p string) bool {
		return p == "" || strings.Contains(p, "&amp") || strings.Contains(p, "**")
	})
}

// segment is the file of the passwords' hashes, each with one sighting: a
// frequency list knows ranks, and a count made from a rank would be an invention.
// Without a tail it is a seventh of the text, and finds one stranger in 10^12.
func segment(passwords []string) (file []byte, err error) {
	var hashes [][sha1.Size]byte
	for _, p := range passwords {
		hashes = append(hashes, sha1.Sum([]byte(p)))
	}
	slices.SortFunc(hashes, func(a, b [sha1.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	hashes = slices.Compact(hashes)

	dir, err := os.MkdirTemp("", "breachgen")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "builtin.brx")
	w, err := brx.Create(path, brx.Options{
		Alg: brx.SHA1, Expected: uint64(len(hashes)), Built: time.Unix(0, 0), UUID: [16]byte([]byte("gatehouse built1")),
		Source: "zxcvbn-go password frequency list, and rules of tool/breachgen", Licence: "MIT",
	})
	if err != nil {
		return nil, err
	}
	for _, h := range hashes {
		if err := w.Add(h[:], 1); err != nil {
			return nil, errors.Join(err, w.Abort())
		}
	}
	if _, err := w.Finish(); err != nil {
		return nil, errors.Join(err, w.Abort())
	}
	return os.ReadFile(path)
}
