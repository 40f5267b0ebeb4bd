package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

// sample is what the beginning of a source tells.
type sample struct {
	kind        Kind
	ordered     bool // hashes ascend, as far as was read
	first, last record
	size        int64  // of the file or files, packed
	lines       uint64 // in all, estimated
}

const (
	sampleBytes = 1 << 20
	sampleFiles = 64
)

// look reads the beginning of a source and finds its kind, if it was not told.
func look(s Source, alg brx.Alg) (sample, *folder, error) {
	if s.Path == standardInput {
		if s.Kind == Auto || s.Kind == Ranges {
			return sample{}, nil, errors.New("standard input: say whether it holds hashes, passwords or pairs")
		}
		return sample{kind: s.Kind}, nil, nil
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return sample{}, nil, err
	}
	if info.IsDir() != (s.Kind == Ranges) && (s.Kind != Auto || !info.IsDir() && !info.Mode().IsRegular()) {
		return sample{}, nil, fmt.Errorf("%s: range files are in a folder, all else is in a file", s.Path)
	}
	if info.IsDir() {
		return lookAtFolder(s.Path, alg)
	}
	begin, packed, err := beginning(s.Path)
	if err != nil {
		return sample{}, nil, fmt.Errorf("read %s: %w", s.Path, err)
	}
	found := sample{kind: s.Kind, size: info.Size()}
	if found.kind == Auto {
		if found.kind, err = detect(begin, alg); err != nil {
			return sample{}, nil, fmt.Errorf("%s: %w", s.Path, err)
		}
	}
	if packed > 0 {
		found.lines = uint64(float64(bytes.Count(begin, newline)+1) * float64(info.Size()) / float64(packed))
	}
	if found.kind == Hashes {
		found.measure(begin, hashParser{bytes: alg.Bytes()})
	}
	return found, nil, nil
}

// beginning is the first text of a file, and how much of the file it took.
func beginning(path string) (begin []byte, packed int64, err error) {
	opener := newOpener(nil)
	defer opener.close()
	t, err := opener.open(path, 0)
	if err != nil {
		return nil, 0, err
	}
	defer t.Close()
	begin, err = io.ReadAll(io.LimitReader(t, sampleBytes))
	return begin, t.counted.n, err
}

func (s *sample) measure(begin []byte, p hashParser) {
	if len(begin) == sampleBytes {
		begin = begin[:bytes.LastIndexByte(begin, '\n')+1]
	}
	b := &block{text: begin, pieces: []stretch{{line: 1}}}
	b.parse(p)
	s.ordered = b.disorder == nil
	if n := len(b.records); n > 0 {
		s.first, s.last = b.records[0], b.records[n-1]
	}
}

// lookAtFolder measures some of the ranges.
func lookAtFolder(path string, alg brx.Alg) (sample, *folder, error) {
	f, err := openFolder(path)
	if err != nil {
		return sample{}, nil, err
	}
	found := sample{kind: Ranges, ordered: true, first: record{}, last: record{a: 1<<64 - 1}}
	opener := newOpener(nil)
	defer opener.close()
	var lines, files int
	for prefix, step := 0, max(1, rangeCount/sampleFiles); prefix < rangeCount; prefix++ {
		if f.files[prefix].form == 0 {
			continue
		}
		if files < sampleFiles && (f.found < 2*sampleFiles || prefix >= files*step) {
			b := &block{}
			if err := readRange(opener, f.path(uint32(prefix)), b); err != nil {
				return sample{}, nil, err
			}
			files++
			lines += bytes.Count(b.text, newline)
			found.size += b.bytes
		}
	}
	found.lines = uint64(lines) * uint64(f.found) / uint64(files)
	found.size = found.size * int64(f.found) / int64(files)
	return found, f, nil
}

var (
	errOtherHash = errors.New("the hashes have another length: 40 digits are SHA-1, 32 are NTLM")
	errOneRange  = errors.New("35 digits on a line are one answer of the range API: put it into a folder, in a file named by its first five digits")
	errUnclear   = errors.New("these may be pairs of user and password, or passwords: say which")
	errNotHashes = errors.New("these are not lines of HASH or HASH:COUNT: if they are passwords or pairs, say so")
)

// detect tells hashes from all else. It does not guess between passwords and
// pairs further than the algorithm does: a wrong guess would look like success
// and protect nobody.
func detect(begin []byte, alg brx.Alg) (Kind, error) {
	if alg == brx.HMACPair {
		return Pairs, nil
	}
	line, _, _ := bytes.Cut(bytes.TrimLeft(begin, "\r\n"), newline)
	line = bytes.TrimRight(line, "\r\t ")
	digits := hexDigits(line, maxHashLine)
	whole := digits == len(line) || line[digits] == ':'
	switch {
	case len(line) == 0:
		return Auto, errors.New("there is nothing to read")
	case whole && digits == 2*alg.Bytes() && !alg.Keyed():
		return Hashes, nil
	case whole && (digits == 40 || digits == 32):
		return Auto, errOtherHash
	case whole && digits == 35:
		return Auto, errOneRange
	case alg == brx.HMACPassword && bytes.IndexByte(line, ':') < 0:
		return Passwords, nil
	case bytes.IndexByte(line, ':') >= 0:
		return Auto, errUnclear
	}
	return Auto, errNotHashes
}
