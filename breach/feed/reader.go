package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	// blockBytes of text are read and parsed at once.
	blockBytes = 4 << 20
	// shortBlock is for plain passwords: their records are longer than their lines.
	shortBlock = 1 << 20
	// maxRange bounds one range file, decompressed: fifty times what they have today.
	maxRange = 16 << 20
)

// reader cuts the sources into blocks of whole lines.
type reader struct {
	sources []Source
	folders []*folder // by source; nil for a file
	opener  *opener
	size    int // of a block

	at   position
	open *text
	rest []byte // the beginning of a line whose end is not read yet
	skip bool   // inside a line longer than a block
}

// next fills a block; io.EOF after the last one.
func (r *reader) next(ctx context.Context, b *block) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.at.Source == len(r.sources) {
			return io.EOF
		}
		b.reset()
		b.at = r.at
		more, err := r.fill(b)
		if err != nil {
			return fmt.Errorf("read %s: %w", r.sources[r.at.Source].Path, err)
		}
		if !more {
			r.at = position{Source: r.at.Source + 1}
		}
		b.next = r.at
		if len(b.text) > 0 || b.tally.Lines > 0 {
			return nil
		}
	}
}

// fill reads what belongs to one block, and tells whether the source has more.
func (r *reader) fill(b *block) (more bool, err error) {
	if r.folders[r.at.Source] != nil {
		return r.fillFromFolder(b)
	}
	if r.open == nil {
		if err := r.begin(); err != nil {
			return false, err
		}
	}
	before := r.open.counted.n
	more, err = r.fillFromFile(b)
	b.bytes = r.open.counted.n - before
	r.at.Packed = r.open.counted.n
	if !more || err != nil {
		err = errors.Join(err, r.close())
	}
	return more, err
}

func (r *reader) begin() error {
	open, err := r.opener.open(r.sources[r.at.Source].Path, r.at.Offset)
	if err != nil {
		return err
	}
	r.open, r.rest, r.skip = open, r.rest[:0], false
	if r.at.Offset == 0 {
		r.at.Offset = open.mark
	} else {
		open.counted.n = max(open.counted.n, r.at.Packed)
	}
	return nil
}

// close closes what is open.
func (r *reader) close() error {
	if r.open == nil {
		return nil
	}
	err := r.open.Close()
	r.open = nil
	return err
}

// fillFromFile takes the text up to the last line end that fits.
func (r *reader) fillFromFile(b *block) (more bool, err error) {
	b.pieces = append(b.pieces, stretch{line: r.at.Line + 1})
	b.text = append(b.text, r.rest...)
	r.rest = r.rest[:0]
	had := len(b.text)
	if cap(b.text) < r.size {
		b.text = append(make([]byte, 0, r.size), b.text...)
	}
	n, err := io.ReadFull(r.open, b.text[had:r.size])
	b.text = b.text[:had+n]
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !ended {
		return false, err
	}
	if r.skip {
		r.passLongLine(b, ended)
	}
	if !ended && !r.skip {
		if cut := bytes.LastIndexByte(b.text, '\n') + 1; cut > 0 {
			r.rest = append(r.rest, b.text[cut:]...)
			b.text = b.text[:cut]
		} else { // a line that is longer than a block
			r.at.Offset += int64(len(b.text))
			b.text, r.skip = b.text[:0], true
		}
	}
	r.at.Offset += int64(len(b.text))
	r.at.Line += int64(bytes.Count(b.text, newline)) + b.tally.Lines
	return !ended, nil
}

var newline = []byte{'\n'}

// passLongLine drops the rest of a line that is longer than a block, and counts it.
func (r *reader) passLongLine(b *block, ended bool) {
	end := bytes.IndexByte(b.text, '\n') + 1
	if end == 0 && !ended {
		r.at.Offset += int64(len(b.text))
		b.text = b.text[:0]
		return
	}
	if end == 0 {
		end = len(b.text)
	}
	r.at.Offset += int64(end)
	b.text = b.text[:copy(b.text, b.text[end:])]
	b.tally.Lines++
	b.tally.Rejected[TooLong]++
	b.rejected = &Rejection{Reason: TooLong, at: place{source: r.at.Source, line: r.at.Line + 1}}
	b.pieces[0].line++
	r.skip = false
}

// fillFromFolder takes whole range files until the block is full.
func (r *reader) fillFromFolder(b *block) (more bool, err error) {
	folder := r.folders[r.at.Source]
	for len(b.text) < r.size/2 && r.at.Prefix < rangeCount {
		prefix := r.at.Prefix
		r.at.Prefix++
		path := folder.path(prefix)
		if path == "" {
			continue
		}
		b.pieces = append(b.pieces, stretch{prefix: prefix, from: len(b.text), line: 1})
		if err := readRange(r.opener, path, b); err != nil {
			return false, err
		}
		if n := len(b.text); n > 0 && b.text[n-1] != '\n' {
			b.text = append(b.text, '\n')
		}
	}
	return r.at.Prefix < rangeCount, nil
}

func readRange(o *opener, path string, b *block) error {
	t, err := o.open(path, 0)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("range file vanished: %w", err)
		}
		return err
	}
	defer t.Close()
	from := len(b.text)
	for {
		if len(b.text)-from > maxRange {
			return fmt.Errorf("%s: longer than %d MiB: this is no range", path, maxRange>>20)
		}
		if len(b.text) == cap(b.text) {
			b.text = append(b.text, 0)[:len(b.text)]
		}
		n, err := t.Read(b.text[len(b.text):cap(b.text)])
		b.text = b.text[:len(b.text)+n]
		if errors.Is(err, io.EOF) {
			b.bytes += t.counted.n
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
}
