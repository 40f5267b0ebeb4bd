package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// The phases of an import.
const (
	phaseDirect  = "build"   // ordered hashes, as they are read
	phaseScatter = "scatter" // into temporary space, by their first bits
	phaseSort    = "sort"    // from temporary space, in order
	phaseVerify  = "verify"  // what was built, before it gets its name
)

// state is import.state: all that an import needs to go on after it was killed.
// It holds the hashes of the page that was not yet full, so it is as private as the file.
type state struct {
	Version   int
	Request   request
	Phase     string
	At        position // in the sources: what comes next
	Partition int      // in temporary space: the next
	SpillBits uint
	SpillSize int64
	Tally     Tally
	Rejected  *Rejection
	Disorder  string
	Writer    brx.State
	Done      bool   // nothing is left to read, and the checks have passed
	Fed       uint64 // records given to the writer
	Last      []byte // the last of them
	Ranges    []uint32
	Found     uint32
	Passed    []string // refusals that Force passed
	Elapsed   time.Duration
}

const stateVersion = 1

// request is what must be the same for an import to go on.
type request struct {
	Sources  []identity
	Out      string
	Alg      brx.Alg
	Tail     bool
	KeyID    [16]byte
	Complete bool
	Force    bool
}

func statePath(temp string) string { return filepath.Join(temp, "import.state") }
func spillPath(temp string) string { return filepath.Join(temp, "import.spill") }

// loadState finds what an earlier run of the same import left; nil if there is nothing.
func loadState(temp string, r request) *state {
	data, err := os.ReadFile(statePath(temp))
	if err != nil {
		return nil
	}
	var s state
	if json.Unmarshal(data, &s) != nil || s.Version != stateVersion || !reflect.DeepEqual(s.Request, r) {
		return nil
	}
	return &s
}

// stateOut is the file that an earlier import was about to make; empty if there is none.
func stateOut(temp string) string {
	data, err := os.ReadFile(statePath(temp))
	if err != nil {
		return ""
	}
	var s state
	if json.Unmarshal(data, &s) != nil {
		return ""
	}
	return s.Request.Out
}

// save replaces the state and returns once it is on the disk.
func (s *state) save(temp string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("save state of the import: %w", err)
	}
	if err := replace(statePath(temp), data); err != nil {
		return fmt.Errorf("save state of the import: %w", err)
	}
	return nil
}

func replace(path string, data []byte) (err error) {
	next := path + ".next"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(next, path)
}
