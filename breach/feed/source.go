package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Kind is what a source holds.
type Kind string

const (
	// Auto looks at the beginning of the source.
	Auto Kind = ""
	// Hashes are lines of a hash, then optionally a colon and a count, in any order.
	Hashes Kind = "hashes"
	// Ranges is a folder of files ABCDE or ABCDE.txt, plain, .gz or .zst, flat or
	// in folders: each holds the hashes that begin with its name, without these
	// five digits.
	Ranges Kind = "ranges"
	// Passwords are lines of plain passwords; $HEX[...] writes one as its bytes.
	Passwords Kind = "passwords"
	// Pairs are lines user:password, user;password or url:user:password.
	Pairs Kind = "pairs"
)

// Source is a file or a folder to import. The path "-" is standard input, which
// can be read once only: it is sorted through temporary space, and an import
// from it can't be resumed.
type Source struct {
	Path string
	Kind Kind
}

// identity tells a changed source from the one that an interrupted import read.
type identity struct {
	Path     string
	Kind     Kind
	Size     int64
	Modified time.Time
}

func (s Source) identity() (identity, error) {
	id := identity{Path: s.Path, Kind: s.Kind}
	if s.Path == standardInput {
		return id, nil
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return id, err
	}
	if !info.IsDir() {
		id.Size = info.Size()
	}
	id.Modified = info.ModTime().UTC()
	return id, nil
}

const standardInput = "-"

// text is an open source: what it says once decompressed, and how much of the
// file that took.
type text struct {
	io.Reader
	file    io.Closer
	counted counter
	mark    int64 // length of the byte order mark
}

func (t *text) Close() error { return t.file.Close() }

// counter counts the bytes that pass.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// maxWindow bounds the memory that a zstd frame may ask for: zstd --long is 128 MiB
// and would break the bound of the import.
const maxWindow = 32 << 20

// opener opens files one after the other. It keeps what decompressing needs:
// made anew for each of a million range files, that would cost hours.
type opener struct {
	stdin io.Reader
	raw   *bufio.Reader
	out   *bufio.Reader
	gz    *gzip.Reader
	zs    *zstd.Decoder
}

func newOpener(stdin io.Reader) *opener {
	return &opener{stdin: stdin, raw: bufio.NewReaderSize(nil, 64<<10), out: bufio.NewReaderSize(nil, 64<<10)}
}

// open opens a file, decompresses what is gzip or zstd by its first bytes, and
// skips a byte order mark. from is where to begin in the decompressed text. What
// was opened before is lost.
func (o *opener) open(path string, from int64) (*text, error) {
	t := &text{file: io.NopCloser(nil)}
	if path == standardInput {
		t.counted.r = o.stdin
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		t.file, t.counted.r = f, f
	}
	if err := o.decompress(t, from); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), t.Close())
	}
	return t, nil
}

func (o *opener) decompress(t *text, from int64) (err error) {
	o.raw.Reset(&t.counted)
	magic, err := o.raw.Peek(4)
	if errors.Is(err, io.EOF) {
		err = nil // a short file
	}
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		t.Reader, err = o.gunzip()
	case bytes.Equal(magic, []byte("\x28\xb5\x2f\xfd")):
		t.Reader, err = o.unzstd()
	case from > 0:
		return t.seek(from)
	default:
		t.Reader = o.raw
	}
	if err != nil {
		return err
	}
	if from > 0 {
		_, err := io.CopyN(io.Discard, t.Reader, from)
		return err
	}
	return o.skipMark(t)
}

func (o *opener) gunzip() (io.Reader, error) {
	if o.gz == nil {
		o.gz = new(gzip.Reader)
	}
	return o.gz, o.gz.Reset(o.raw)
}

func (o *opener) unzstd() (_ io.Reader, err error) {
	if o.zs == nil {
		o.zs, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
	}
	return o.zs, o.zs.Reset(o.raw)
}

func (o *opener) close() {
	if o.zs != nil {
		o.zs.Close()
	}
}

// seek goes on inside a plain file.
func (t *text) seek(from int64) error {
	f, ok := t.file.(*os.File)
	if !ok {
		return errors.New("standard input can't be read from its middle")
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	t.counted.n = from
	t.Reader = &t.counted
	return nil
}

var errUTF16 = errors.New("the text is UTF-16: save it as plain ASCII or UTF-8")

// skipMark passes a byte order mark.
func (o *opener) skipMark(t *text) error {
	o.out.Reset(t.Reader)
	t.Reader = o.out
	mark, err := o.out.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(mark, []byte("\xff\xfe")) || bytes.HasPrefix(mark, []byte("\xfe\xff")) {
		return errUTF16
	}
	if bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		t.mark = int64(len(mark))
		_, err = o.out.Discard(len(mark))
		return err
	}
	return nil
}
