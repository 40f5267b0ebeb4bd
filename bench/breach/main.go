// Command breach measures files of leaked hashes against what else one could ask, and prints ratios.
//
//	go run .               10^8 entries: about 20 minutes, 12 GB of disk, 5 GB of memory
//	go run . -n 1e7        a minute or two
//	go run . -n 1e9 -skip sqlite,fuse32,bloom
//
// All contenders hold the same generated entries and are asked the same
// questions, in turns, in one run; so their ratios can be compared on a loaded
// machine, and nothing else. The unit is one dependent read of memory.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

type options struct {
	n      uint64
	misses uint64
	dir    string
	skip   map[string]bool
	rounds int
}

func main() {
	n := flag.Float64("n", 1e8, "entries")
	misses := flag.Float64("misses", 1e8, "strangers that BRX must not find")
	dir := flag.String("dir", "", "folder for the files (default: a temporary one)")
	skip := flag.String("skip", "", "what to leave out: raw20,rec12,text,sqlite,bloom,fuse32,import")
	rounds := flag.Int("rounds", 15, "turns of each contender")
	imported := flag.String("import", "", "what a process of the import bench imports: core, tail or plain")
	flag.Parse()
	if *imported != "" {
		if err := importHere(*imported, *dir, flag.Arg(0)); err != nil {
			fmt.Fprintln(os.Stderr, "bench/breach:", err)
			os.Exit(1)
		}
		return
	}
	o := options{n: uint64(*n), misses: uint64(*misses), dir: *dir, rounds: *rounds, skip: map[string]bool{}}
	for _, name := range strings.Split(*skip, ",") {
		o.skip[name] = true
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench/breach:", err)
		os.Exit(1)
	}
}

func run(o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "breach-bench"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	corpus := newCorpus(o.n)
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Printf("%d entries\n\n", corpus.n)

	all, err := buildAll(o, corpus)
	if err != nil {
		return err
	}
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.close())
		}
	}()
	if err := sizes(out, corpus, all); err != nil {
		return err
	}
	if err := speeds(out, o, corpus, all); err != nil {
		return err
	}
	if err := colds(out, corpus, all); err != nil {
		return err
	}
	if err := segments(out, corpus, all); err != nil {
		return err
	}
	if !o.skip["import"] {
		if err := imports(out, o, corpus); err != nil {
			return err
		}
	}
	return answers(o, corpus, all)
}

// buildAll makes every contender, the segments first.
func buildAll(o options, c *corpus) ([]contender, error) {
	var all []contender
	for _, make := range []struct {
		name  string
		build func(options, *corpus) (contender, error)
	}{
		{"core", func(o options, c *corpus) (contender, error) { return newSegment(o, c, false) }},
		{"tail", func(o options, c *corpus) (contender, error) { return newSegment(o, c, true) }},
		{"raw20", newRaw}, {"rec12", newRecords}, {"text", newText}, {"sqlite", newSQLite}, {"bloom", newBloom}, {"fuse32", newFuse},
	} {
		if o.skip[make.name] {
			continue
		}
		fmt.Fprintf(os.Stderr, "building %s\n", make.name)
		made, err := make.build(o, c)
		if err != nil {
			return all, fmt.Errorf("build %s: %w", make.name, err)
		}
		all = append(all, made)
	}
	return all, nil
}
