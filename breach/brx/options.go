package brx

import (
	"crypto/rand"
	"fmt"
	"math"
	"time"
)

// Options describe the file to be written.
type Options struct {
	Alg Alg
	// Expected is an estimate of the number of entries. It fixes how many bits
	// choose a bucket; half or twice the truth costs some bytes, no more.
	Expected uint64
	// Remainder is R, from 24 to 40. Zero means 40 below 2^20 entries, 36 below
	// 2^24, else 32: short lists buy a lower false-positive rate for little.
	Remainder int
	// Tail keeps whole hashes and exact counts, which certainty, ranges and exact merges need.
	Tail bool
	// KeyID names the key of a keyed algorithm and is zero for the others.
	KeyID   [16]byte
	Source  string // where the hashes come from, at most 128 bytes
	Licence string // and under which terms, at most 128 bytes
	Epoch   uint64
	Built   time.Time // zero means now
	UUID    [16]byte  // zero means random
}

// BucketBits is S for what is expected: round(log2 N), so that a bucket holds 0.71 to 1.41 entries, and at most 32.
func (o Options) BucketBits() int {
	if o.Expected < 2 {
		return 0
	}
	return min(int(math.Round(math.Log2(float64(o.Expected)))), maxBucketBits)
}

func (o *Options) cut() cut {
	c := cut{bytes: o.Alg.Bytes(), r: uint(o.Remainder), s: uint(o.BucketBits())}
	switch {
	case c.r != 0:
	case o.Expected < 1<<20:
		c.r = 40
	case o.Expected < 1<<24:
		c.r = 36
	default:
		c.r = 32
	}
	return c
}

func (o *Options) complete() (cut, error) {
	if o.Alg.Bytes() == 0 {
		return cut{}, fmt.Errorf("%w: %v", ErrFormat, o.Alg)
	}
	c := o.cut()
	if err := checkCut(c); err != nil {
		return c, err
	}
	if len(o.Source) > textSize || len(o.Licence) > textSize {
		return c, fmt.Errorf("source and licence may have %d bytes each", textSize)
	}
	if o.KeyID != [16]byte{} && !o.Alg.Keyed() {
		return c, fmt.Errorf("a key id for %v, which needs no key", o.Alg)
	}
	if o.Built.IsZero() {
		o.Built = time.Now()
	}
	if o.UUID == [16]byte{} {
		_, _ = rand.Read(o.UUID[:]) // never fails, says crypto/rand
	}
	return c, nil
}
