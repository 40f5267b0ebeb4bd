package geo

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Database is a file in MaxMind's format, whoever made it: see interpret for the
// layouts of records that are understood. It is kept in memory, not mapped: a
// mapped file that somebody overwrites in place kills the process.
type Database struct {
	reader *maxminddb.Reader
	cache  [cacheRows]atomic.Pointer[cached]
}

// cacheRows bounds the records that are kept decoded, a few hundred bytes each.
const cacheRows = 1 << 13

// maxDatabase bounds the files that are read. The largest that are sold have
// about 600 MB.
const maxDatabase = 2 << 30

// cached is a record by its place in the file. Neighbours share records, so few
// make up most of the answers.
type cached struct {
	offset uintptr
	record Record
}

// OpenDatabase reads a file in MaxMind's format.
func OpenDatabase(path string) (*Database, error) {
	data, err := readBounded(path, maxDatabase)
	if err != nil {
		return nil, err
	}
	d, err := NewDatabase(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return d, nil
}

// NewDatabase reads the bytes of such a file, which nobody may change from now on.
// It looks for the first record and refuses a file whose records say nothing of
// places or networks.
func NewDatabase(data []byte) (*Database, error) {
	reader, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, fmt.Errorf("not a MaxMind database: %w", err)
	}
	d := &Database{reader: reader}
	looked := 0
	for _, record := range d.walk(probedLeaves) {
		if record != (Record{}) {
			return d, nil
		}
		if looked++; looked == probes {
			break
		}
	}
	return nil, fmt.Errorf("a MaxMind database of type %q: the first %d records say nothing of place, network or anonymity", reader.Metadata.DatabaseType, looked)
}

// probes is how many records may say nothing before a file is refused, and
// probedLeaves how many networks are looked at to find them.
const (
	probes       = 10_000
	probedLeaves = 1 << 20
)

// Type is what the file calls itself, as in "GeoLite2-City".
func (d *Database) Type() string { return Printable(d.reader.Metadata.DatabaseType) }

// Built is when its maker says it was made.
func (d *Database) Built() time.Time { return d.reader.Metadata.BuildTime().UTC() }

// Lookup is what the file says of an address. What is damaged says nothing.
func (d *Database) Lookup(addr netip.Addr) Record {
	result := d.reader.Lookup(addr)
	if !result.Found() {
		return Record{}
	}
	offset := result.Offset()
	row := &d.cache[offset%cacheRows]
	if c := row.Load(); c != nil && c.offset == offset {
		return c.record
	}
	record := decode(result)
	row.Store(&cached{offset, record})
	return record
}

// All goes through the networks of the file in order, at most 2^27 of them. What
// is damaged is left out.
func (d *Database) All() iter.Seq2[netip.Prefix, Record] { return d.walk(1 << 27) }

// walk is All for so many networks, those without a record counted: the branches
// of a file that was made to do harm may meet again, and then there is no end of
// networks.
func (d *Database) walk(most int) iter.Seq2[netip.Prefix, Record] {
	return func(yield func(netip.Prefix, Record) bool) {
		var last cached
		for result := range d.reader.Networks(maxminddb.IncludeNetworksWithoutData()) {
			if most--; most < 0 || result.Err() != nil {
				return
			}
			if !result.Found() {
				continue
			}
			if offset := result.Offset(); offset != last.offset || last.record == (Record{}) {
				last = cached{offset, decode(result)}
			}
			if !yield(result.Prefix(), last.record) {
				return
			}
		}
	}
}

func decode(result maxminddb.Result) Record {
	var fields map[string]any
	if err := result.Decode(&fields); err != nil {
		return Record{}
	}
	return interpret(fields)
}

// readBounded reads a whole file of at most so many bytes.
func readBounded(path string, most int64) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s has %d bytes: at most %d are read", path, info.Size(), most)
	}
	data = make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return data, nil
}
