package feed

import (
	"errors"
	"fmt"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// builder hands ascending records to the writer, and remembers what the checks
// before publishing need.
type builder struct {
	w      *brx.Writer
	bytes  int // of a hash
	fed    uint64
	last   record
	ranges []uint32 // entries in each range; nil unless they are to be checked
	probe  record   // the hash that every published corpus holds
	found  uint32   // how often it was seen
}

var errDisorder = errors.New("hashes are not in ascending order")

// above tells whether a record may come next.
func (b *builder) above(r record) bool { return b.fed == 0 || less(b.last, r) }

func (b *builder) add(r record) error {
	h := r.hash()
	if err := b.w.Add(h[:b.bytes], uint64(r.n)); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	b.fed++
	b.last = r
	if b.ranges != nil {
		b.ranges[r.prefix()]++
	}
	if compare(r, b.probe) == 0 {
		b.found = r.n
	}
	return nil
}

// addAll adds the records, which ascend.
func (b *builder) addAll(records []record) error {
	for _, r := range records {
		if err := b.add(r); err != nil {
			return err
		}
	}
	return nil
}
