package main

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// segment is ours.
type segment struct {
	path  string
	tail  bool
	s     *brx.Segment
	built time.Duration // of the writer alone
}

func newSegment(o options, c *corpus, tail bool) (*segment, error) {
	s := &segment{tail: tail, path: filepath.Join(o.dir, "core.brx")}
	if tail {
		s.path = filepath.Join(o.dir, "tail.brx")
	}
	w, err := brx.Create(s.path, brx.Options{Alg: brx.SHA1, Expected: c.n, Tail: tail})
	if err != nil {
		return nil, err
	}
	var h [20]byte
	block := make([]entry, 0, 1<<16)
	write := func() error {
		begin := time.Now()
		for i := range block {
			block[i].put(&h)
			if err := w.Add(h[:], uint64(block[i].count)); err != nil {
				return err
			}
		}
		s.built += time.Since(begin)
		block = block[:0]
		return nil
	}
	err = c.walk(func(e *entry) error {
		if block = append(block, *e); len(block) == cap(block) {
			return write()
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, w.Abort())
	}
	if err := write(); err != nil {
		return nil, errors.Join(err, w.Abort())
	}
	begin := time.Now()
	if _, err := w.Finish(); err != nil {
		return nil, errors.Join(err, w.Abort())
	}
	s.built += time.Since(begin)
	return s, s.reopen()
}

func (s *segment) name() string {
	if s.tail {
		return "BRX with tail"
	}
	return "BRX core"
}

func (s *segment) file() string { return s.path }
func (s *segment) bytes() int64 { return s.s.Info().Size }

func (s *segment) reopen() (err error) {
	if err := s.close(); err != nil {
		return err
	}
	s.s, err = brx.Open(s.path, brx.OpenOptions{})
	return err
}

func (s *segment) has(h *[20]byte) bool {
	_, found, err := s.s.Lookup(h[:])
	return found && err == nil
}

func (s *segment) close() error {
	old := s.s
	if s.s = nil; old == nil {
		return nil
	}
	return old.Close()
}
