package breach_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// A folder of segments is opened once and asked by many goroutines. Whoever
// brings a new edition publishes it; Reload (or Watch) takes it over while the
// others go on asking.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := edition(dir, "edition-1.brx", map[string]uint64{"hunter2": 17_043, "letmein": 3}); err != nil {
		fmt.Println(err)
		return
	}
	corpus, err := breach.Open(dir, breach.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer corpus.Close()
	n, err := corpus.Count(breach.Sum("hunter2"))
	fmt.Println(n, err)

	if err := edition(dir, "edition-2.brx", map[string]uint64{"hunter2": 20_000, "hunter3": 1}); err != nil {
		fmt.Println(err)
		return
	}
	changed, err := corpus.Reload()
	fmt.Println(changed, err, corpus.Epoch())

	asked := []breach.Hash{breach.Sum("hunter2"), breach.Sum("hunter3"), breach.Sum("kX9#fm2vQp-wallaby")}
	counts := make([]uint32, len(asked))
	err = corpus.CountBatch(asked, counts)
	fmt.Println(counts, err)
	// Output:
	// 17043 <nil>
	// true <nil> 2
	// [20000 1 0] <nil>
}

// edition writes a segment and publishes it as the corpus of the folder.
func edition(dir, name string, passwords map[string]uint64) error {
	var hashes []breach.Hash
	count := map[breach.Hash]uint64{}
	for p, n := range passwords {
		h := breach.Sum(p)
		hashes = append(hashes, h)
		count[h] = n
	}
	slices.SortFunc(hashes, func(a, b breach.Hash) int { return bytes.Compare(a[:], b[:]) })
	w, err := brx.Create(filepath.Join(dir, name), brx.Options{
		Alg: brx.SHA1, Expected: uint64(len(hashes)), Tail: true, Source: "an example", Built: time.Unix(0, 0),
	})
	if err != nil {
		return err
	}
	for _, h := range hashes {
		if err := w.Add(h[:], count[h]); err != nil {
			return err
		}
	}
	if _, err := w.Finish(); err != nil {
		return err
	}
	_, err = breach.Publish(dir, breach.Mount{Path: name, Role: breach.Base})
	return err
}
