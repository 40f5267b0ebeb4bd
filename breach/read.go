package breach

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

const (
	// MaxEntries is how many lines a List may be read from: 2.4 GB of memory.
	MaxEntries = 100_000_000

	// maxLine is far above any HASH:COUNT line: 40 digits, a colon, a number.
	maxLine = 256

	// bytesPerLine is the mean line of the published corpus, to reserve memory once.
	bytesPerLine = 44
)

// OpenList is ReadList on a file.
func OpenList(path string) (*List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open breach list: %w", err)
	}
	defer f.Close()
	expected := 0
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		expected = int(min(info.Size()/bytesPerLine+1, MaxEntries))
	}
	l, err := readList(f, expected)
	if err != nil {
		return nil, fmt.Errorf("read breach list %s: %w", path, err)
	}
	return l, nil
}

// ReadList reads the text form of Have I Been Pwned: on each line the SHA-1 of
// a password as 40 hexadecimal digits of either case, then optionally a colon
// and the number of sightings.
//
//	5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:52256179
//
// Lines end with LF or CRLF, a byte order mark and blank lines are skipped, the
// order is free (sorted input loads fastest), duplicates are summed, a missing
// count is 1, and a count of 0 (the padding of the range API) is skipped. Any
// other line is an error, as is a list without entries: a check that quietly
// checks nothing is worse than none. Errors name the line number and never
// repeat the line, which may be somebody's password.
func ReadList(r io.Reader) (*List, error) { return readList(r, 0) }

func readList(r io.Reader, expected int) (*List, error) {
	entries := make([]entry, 0, expected)
	lines := bufio.NewReaderSize(r, 64<<10)
	for number := 1; ; number++ {
		line, end, err := nextLine(lines)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if number == 1 {
			if line, err = afterMark(line); err != nil {
				return nil, err
			}
		}
		if len(line) > 0 {
			e, err := parseLine(line)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, explain(line, number, err))
			}
			if len(entries) == MaxEntries {
				return nil, fmt.Errorf("line %d: more than %d entries do not belong in memory", number, MaxEntries)
			}
			if e.count > 0 {
				entries = append(entries, e)
			}
		}
		if end {
			break
		}
	}
	if len(entries) == 0 {
		return nil, errors.New("the list holds no password")
	}
	return newList(entries), nil
}

// nextLine reads one line without its ending and trailing blanks. The slice is valid until the next call.
func nextLine(r *bufio.Reader) (line []byte, end bool, err error) {
	line, err = r.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF):
		end = true
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, false, errTooLong
	case err != nil:
		return nil, false, err
	}
	if line = bytes.TrimRight(line, "\r\n\t "); len(line) > maxLine {
		return nil, false, errTooLong
	}
	return line, end, nil
}

var (
	errTooLong   = fmt.Errorf("longer than %d bytes", maxLine)
	errMalformed = errors.New("want 40 hexadecimal digits, then nothing or a colon and a count")
	errNTLM      = errors.New("32 hexadecimal digits: this is the NTLM form of the list, the SHA-1 form (40 digits) is needed")
	errRange     = errors.New("35 hexadecimal digits: this is one answer of the range API, whose first 5 digits must be put before each line")
	errPlain     = errors.New("the file looks like plain passwords: a breach list holds the SHA-1 of each, as 40 hexadecimal digits")
	errUTF16     = errors.New("the file is UTF-16: save it as plain ASCII or UTF-8")
)

func afterMark(line []byte) ([]byte, error) {
	if bytes.HasPrefix(line, []byte("\xff\xfe")) || bytes.HasPrefix(line, []byte("\xfe\xff")) {
		return nil, errUTF16
	}
	return bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), nil
}

func parseLine(line []byte) (entry, error) {
	e := entry{count: 1}
	if hexDigits(line) != 2*len(e.hash) {
		return e, errMalformed
	}
	for i := range e.hash {
		e.hash[i] = nibble[line[2*i]]<<4 | nibble[line[2*i+1]]
	}
	rest := line[2*len(e.hash):]
	if len(rest) == 0 {
		return e, nil
	}
	if rest[0] != ':' || len(rest) == 1 {
		return e, errMalformed
	}
	e.count = 0
	for _, c := range rest[1:] {
		if c < '0' || c > '9' {
			return e, errMalformed
		}
		e.count = uint32(min(uint64(e.count)*10+uint64(c-'0'), math.MaxUint32))
	}
	return e, nil
}

// explain turns a malformed line into what the operator probably did.
func explain(line []byte, number int, err error) error {
	digits := hexDigits(line)
	whole := digits == len(line) || line[digits] == ':'
	switch {
	case whole && digits == 32:
		return errNTLM
	case whole && digits == 35:
		return errRange
	case number == 1 && digits < 32:
		return errPlain
	}
	return err
}

// hexDigits is the number of hexadecimal digits that a line begins with.
func hexDigits(line []byte) int {
	for i, c := range line {
		if nibble[c] == notHex {
			return i
		}
	}
	return len(line)
}

const notHex = 0xff

// nibble is the value of a hexadecimal digit, notHex for every other byte.
var nibble = func() (table [256]byte) {
	for c := range table {
		switch {
		case c >= '0' && c <= '9':
			table[c] = byte(c - '0')
		case c >= 'a' && c <= 'f':
			table[c] = byte(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			table[c] = byte(c - 'A' + 10)
		default:
			table[c] = notHex
		}
	}
	return table
}()
