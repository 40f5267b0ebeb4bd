// Package feed gives a file of leaked hashes from the lists that the world publishes.
//
//	sources ──> blocks of lines ──> parsers ──┬ in order ──────────────> brx.Writer
//	  text, .gz, .zst   4 MiB     all CPUs    └ not ──> spill ──> sort ──┘
//	  folder of ranges                                 (disk)   64 MiB at a time
//
// Memory is bounded whatever the size of the sources. What is safe on the disk
// is noted every few seconds in import.state, and an import that was killed
// goes on from there. Before anything is published the whole is checked
// against what went wrong for others: see [Config].Complete.
//
// Lines may be somebody's password, so no error, report or progress repeats one.
package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// Config says what to import, and how.
type Config struct {
	Sources []Source
	// Out is the file to make. It must not exist.
	Out string
	// Temp is a folder for the state of the import and, where the sources are not
	// ordered, for 24 bytes a line. Empty: the folder of Out.
	Temp string
	// Stdin is read for the source "-". Nil: os.Stdin.
	Stdin io.Reader

	Alg  brx.Alg // zero: SHA1
	Tail bool    // keep whole hashes: exact answers, and ranges for others
	// Key makes the tags of the keyed algorithms: 32 bytes. In the file it is named by its KeyID.
	Key []byte

	// Complete says that the sources are a whole published corpus, and has it
	// checked as such: hashes ascend, each of the 2^20 ranges is there and within
	// 8 standard deviations of the mean (00000 excepted, which is larger in the
	// real corpus), the password "password" was seen a million times.
	Complete bool
	// Previous is how many entries the corpus had which this one replaces: less
	// than 98 % of them is refused. Zero: there was none.
	Previous uint64
	// Force publishes what the checks refuse, and goes on behind lines that are
	// no hashes. The Report tells what it passed.
	Force bool

	// Resume goes on with an interrupted import of the same sources to the same
	// file, if there is one in Temp. Otherwise that one is given up.
	Resume bool
	// Candidate, if set, is told each pair of user (canonical) and password; both
	// are valid during the call only. Its first error ends the import. It is
	// called from several goroutines, and again for lines since the last safe
	// point after an import was resumed.
	Candidate func(user, password []byte) error
	// Settle, if set, is called before each safe point and at the end: once it has
	// returned, no candidate told before is told again. Its error ends the import.
	Settle func() error

	// Progress, if set, is told how far the import is, a few times a second.
	Progress func(Progress)
	// Memory bounds the buffers for sorting, in bytes; at least 16 MiB. Zero: 160 MiB.
	Memory int64

	Source, Licence string // of the file's head
	Epoch           uint64 // of the file's head
	Now             func() time.Time
	// SafeEvery is the time between two safe points. Zero: 5 seconds.
	SafeEvery time.Duration
}

// Report tells what was imported.
type Report struct {
	Info     brx.Info
	Tally    Tally
	Rejected *Rejection // the first rejected line; nil if there is none
	// Sorted tells that the hashes went through temporary space; Disorder is the
	// line that made it necessary, if it was found on the way.
	Sorted   bool
	Disorder string
	Resumed  bool
	Forced   []string // what would have been refused without Force
	Elapsed  time.Duration
}

// Refusal is the error of a check before publishing: the sources are readable,
// but are not what they should be. Force passes it.
type Refusal struct{ Problem string }

func (r *Refusal) Error() string { return r.Problem }

// Import makes the file. After an error there is no file, but what was done up
// to the last safe point waits for Resume, unless going on would not help.
func Import(ctx context.Context, cfg Config) (Report, error) {
	j, err := newJob(cfg)
	if err != nil {
		return Report{}, err
	}
	err = j.run(ctx)
	return j.report(), err
}

func (c *Config) complete() error {
	if c.Alg == 0 {
		c.Alg = brx.SHA1
	}
	if c.Temp == "" {
		c.Temp = filepath.Dir(c.Out)
	}
	if c.Stdin == nil {
		c.Stdin = os.Stdin
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.SafeEvery == 0 {
		c.SafeEvery = 5 * time.Second
	}
	if c.Memory == 0 {
		c.Memory = 160 << 20
	}
	c.Memory = max(c.Memory, 16<<20)
	switch {
	case len(c.Sources) == 0:
		return errors.New("there is no source to import")
	case c.Alg.Bytes() == 0:
		return fmt.Errorf("no such algorithm: %v", c.Alg)
	case c.Alg.Keyed() && len(c.Key) != 32:
		return fmt.Errorf("%v needs a key of 32 bytes", c.Alg)
	case !c.Alg.Keyed() && len(c.Key) != 0:
		return fmt.Errorf("%v has no key", c.Alg)
	case c.Complete && c.Alg.Keyed():
		return fmt.Errorf("a published corpus is never %v", c.Alg)
	}
	return nil
}
