package main

import (
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"

	"github.com/FastFilter/xorfilter"
	"github.com/bits-and-blooms/bloom/v3"
	_ "modernc.org/sqlite" // the driver
)

// sqlite is a table WITHOUT ROWID of hash and count.
type sqlite struct {
	path string
	db   *sql.DB
	ask  *sql.Stmt
}

func newSQLite(o options, c *corpus) (contender, error) {
	s := &sqlite{path: filepath.Join(o.dir, "sqlite.db")}
	_ = os.Remove(s.path)
	db, err := sql.Open("sqlite", s.path+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE pwned (hash BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID"); err != nil {
		return nil, err
	}
	tx, err := db.Begin()
	if err != nil {
		return nil, err
	}
	insert, err := tx.Prepare("INSERT INTO pwned (hash, count) VALUES (?, ?)")
	if err != nil {
		return nil, err
	}
	err = c.walk(func(e *entry) error {
		var h [20]byte
		e.put(&h)
		_, err := insert.Exec(h[:], e.count)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return s, s.reopen()
}

func (*sqlite) name() string   { return "SQLite WITHOUT ROWID" }
func (s *sqlite) file() string { return s.path }

func (s *sqlite) bytes() int64 {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (s *sqlite) reopen() (err error) {
	if err := s.close(); err != nil {
		return err
	}
	if s.db, err = sql.Open("sqlite", s.path+"?mode=ro&_pragma=mmap_size(1099511627776)"); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	s.ask, err = s.db.Prepare("SELECT count FROM pwned WHERE hash = ?")
	return err
}

func (s *sqlite) has(h *[20]byte) bool {
	var count int64
	return s.ask.QueryRow(h[:]).Scan(&count) == nil
}

func (s *sqlite) close() error {
	db := s.db
	if s.db = nil; db == nil {
		return nil
	}
	return db.Close()
}

// inMemory is what a filter that lives in memory has in common with the others: nothing to reopen.
type inMemory struct{ size int64 }

func (inMemory) file() string   { return "" }
func (m inMemory) bytes() int64 { return m.size }
func (inMemory) reopen() error  { return nil }
func (inMemory) close() error   { return nil }

// bloomed is a bloom filter that finds one stranger in 10^9.
type bloomed struct {
	inMemory
	f *bloom.BloomFilter
}

func newBloom(_ options, c *corpus) (contender, error) {
	b := &bloomed{f: bloom.NewWithEstimates(uint(c.n), 1e-9)}
	b.size = int64(b.f.Cap() / 8)
	return b, c.walk(func(e *entry) error {
		var h [20]byte
		e.put(&h)
		b.f.Add(h[:])
		return nil
	})
}

func (*bloomed) name() string           { return "bloom 1e-9, in memory, no counts" }
func (b *bloomed) has(h *[20]byte) bool { return b.f.Test(h[:]) }

// fuse is a binary fuse filter of 32 bits.
type fuse struct {
	inMemory
	f *xorfilter.BinaryFuse[uint32]
}

func newFuse(_ options, c *corpus) (contender, error) {
	keys := make([]uint64, 0, c.n)
	_ = c.walk(func(e *entry) error {
		keys = append(keys, e.a)
		return nil
	})
	f, err := xorfilter.NewBinaryFuse[uint32](keys)
	if err != nil {
		return nil, err
	}
	return &fuse{inMemory{int64(4 * len(f.Fingerprints))}, f}, nil
}

func (*fuse) name() string           { return "binary fuse 32, in memory, no counts" }
func (f *fuse) has(h *[20]byte) bool { return f.f.Contains(binary.BigEndian.Uint64(h[:])) }
