package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	// blockBytes is about how many bytes of lines travel together: enough that
	// handing them on costs nothing, and so few that a processor's cache holds them
	// with all that comes of them.
	blockBytes = 64 << 10
	// maxEventLine is the longest line that is read, without its end.
	maxEventLine = 4 << 20
)

// errLongLine stands for a line that was passed over because nobody can want it.
var errLongLine = fmt.Errorf("a line of more than %d bytes", maxEventLine)

// lineBlocks cuts what it reads into blocks of whole lines. It gives what has come,
// and waits for more only where there is no whole line yet.
type lineBlocks struct {
	in    io.Reader
	rest  []byte // read, and behind the last block
	begun bool
	err   error // of in, which is told when everything before it has been given
}

// next gives the next lines in the memory of text, which it overwrites. The last
// line may be without its end. A line that is too long is told by errLongLine,
// after which the next call goes on behind it; any other error, such as io.EOF, is
// the last.
func (l *lineBlocks) next(text []byte) ([]byte, error) {
	text = append(text[:0], l.rest...)
	l.rest = l.rest[:0]
	for whole := 0; ; {
		if end := bytes.LastIndexByte(text[whole:], '\n'); end >= 0 {
			return l.cut(text, whole+end+1)
		}
		whole = len(text)
		switch {
		case l.err != nil && (!errors.Is(l.err, io.EOF) || len(text) == 0):
			return text[:0], l.err
		case l.err != nil:
			return l.cut(text, len(text))
		case len(text) > maxEventLine:
			return l.passOver(text)
		}
		text = l.read(text)
	}
}

// read reads once more behind text.
func (l *lineBlocks) read(text []byte) []byte {
	text = slices.Grow(text, blockBytes)
	n, err := l.in.Read(text[len(text) : len(text)+blockBytes])
	l.err = err
	return text[:len(text)+n]
}

// byteOrderMark is what some editors write before the first line.
const byteOrderMark = "\ufeff"

// cut gives the lines that end within n bytes, and keeps what is behind them.
func (l *lineBlocks) cut(text []byte, n int) ([]byte, error) {
	lines, rest := text[:n], text[n:]
	if first, _, _ := bytes.Cut(lines, []byte("\n")); len(first) > maxEventLine {
		// It came with the last read alone, and what follows it in that one is short.
		l.rest = append(l.rest, text[min(len(first)+1, len(text)):]...)
		return text[:0], errLongLine
	}
	l.rest = append(l.rest, rest...)
	if !l.begun {
		l.begun = true
		lines = bytes.TrimPrefix(lines, []byte(byteOrderMark))
	}
	return lines, nil
}

// passOver reads to the end of the line of which text is the beginning, in the
// memory of text.
func (l *lineBlocks) passOver(text []byte) ([]byte, error) {
	for {
		text = l.read(text[:0])
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			l.rest = append(l.rest, text[end+1:]...)
			return text[:0], errLongLine
		}
		if l.err != nil {
			return text[:0], errLongLine
		}
	}
}
