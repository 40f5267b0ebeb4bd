package hibp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// index is ranges.idx: what is known about each range file, so that the next
// run asks only for what changed.
//
//	file  = head 64 | row 64 for each range; what was never written is zero
//	head  = "HIBPRNG1" | u32 algorithm | u32 crc32c(url) | i64 run, unix nanoseconds | u8 run finished
//	row   = u8 length of ETag | char[39] ETag | u32 lines | u32 bytes of the file | i64 run that checked it | u32 0 | u32 crc32c(row)
//
// A row is written after its file is in place. A row that is torn or that
// disagrees with its file is as good as none.
type index struct {
	file *os.File
	alg  brx.Alg
	url  uint32
	run  int64
}

// row is what is known about one range.
type row struct {
	etag  string
	lines uint32
	size  uint32
	run   int64
}

const (
	rowBytes = 64
	maxETag  = 39
	rowSum   = rowBytes - 4

	// maxRun is how old a run may be to go on: what it fetched first is that old at its end.
	maxRun = 7 * 24 * time.Hour
)

var indexMagic = [8]byte{'H', 'I', 'B', 'P', 'R', 'N', 'G', '1'}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openIndex opens the index of a folder, or begins one. A run that was not
// finished goes on; otherwise a new run begins, in which each range is asked for again.
func openIndex(path string, alg brx.Alg, url string, now time.Time) (*index, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	x := &index{file: f, alg: alg, url: crc32.Checksum([]byte(url), castagnoli), run: now.UnixNano()}
	if err := x.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	return x, nil
}

func (x *index) begin() error {
	var head [rowBytes]byte
	_, err := x.file.ReadAt(head[:], 0)
	if errors.Is(err, io.EOF) {
		return x.mark(false)
	}
	if err != nil {
		return err
	}
	if [8]byte(head[:8]) != indexMagic {
		return errors.New("this is no index of ranges")
	}
	if alg := brx.Alg(head[8]); alg != x.alg {
		return fmt.Errorf("the folder holds %v hashes, not %v", alg, x.alg)
	}
	if binary.LittleEndian.Uint32(head[12:]) != x.url {
		// ETags of another server say nothing; what they name is fetched again.
		if err := x.file.Truncate(0); err != nil {
			return err
		}
	} else if began := int64(binary.LittleEndian.Uint64(head[16:])); head[24] == 0 && x.run-began < int64(maxRun) {
		x.run = began
		return nil
	}
	return x.mark(false)
}

// mark writes the head: whether all ranges were checked in this run.
func (x *index) mark(finished bool) error {
	var head [rowBytes]byte
	copy(head[:], indexMagic[:])
	head[8] = byte(x.alg)
	binary.LittleEndian.PutUint32(head[12:], x.url)
	binary.LittleEndian.PutUint64(head[16:], uint64(x.run))
	if finished {
		head[24] = 1
	}
	if _, err := x.file.WriteAt(head[:], 0); err != nil {
		return err
	}
	return x.file.Sync()
}

// row reads what is known about a range; zero if nothing is.
func (x *index) row(prefix uint32) (row, error) {
	var b [rowBytes]byte
	if _, err := x.file.ReadAt(b[:], int64(prefix+1)*rowBytes); err != nil && !errors.Is(err, io.EOF) {
		return row{}, err
	}
	if b[0] > maxETag || binary.LittleEndian.Uint32(b[rowSum:]) != crc32.Checksum(b[:rowSum], castagnoli) {
		return row{}, nil
	}
	return row{
		etag:  string(b[1 : 1+b[0]]),
		lines: binary.LittleEndian.Uint32(b[40:]),
		size:  binary.LittleEndian.Uint32(b[44:]),
		run:   int64(binary.LittleEndian.Uint64(b[48:])),
	}, nil
}

func (x *index) put(prefix uint32, r row) error {
	var b [rowBytes]byte
	if len(r.etag) <= maxETag {
		b[0] = byte(len(r.etag))
		copy(b[1:], r.etag)
	}
	binary.LittleEndian.PutUint32(b[40:], r.lines)
	binary.LittleEndian.PutUint32(b[44:], r.size)
	binary.LittleEndian.PutUint64(b[48:], uint64(r.run))
	binary.LittleEndian.PutUint32(b[rowSum:], crc32.Checksum(b[:rowSum], castagnoli))
	_, err := x.file.WriteAt(b[:], int64(prefix+1)*rowBytes)
	return err
}

func (x *index) close() error { return x.file.Close() }
