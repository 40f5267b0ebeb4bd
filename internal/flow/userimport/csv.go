package userimport

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// rows reads a CSV file a line at a time. One line is one row: a value cannot
// span lines, so that whatever is wrong with one row ends with its line.
//
// As at Cognito, a comma in a value stands after a backslash. Beside that, a value
// may be in quotation marks as RFC 4180 has them: then a comma is only a comma,
// and "" one quotation mark. White space around a value is no part of it.
type rows struct {
	in     *bufio.Reader
	offset int64 // of the next line
	line   int64 // number of the last line, from 1
}

// maxRowBytes is the longest row, in bytes: a character has four at most.
const maxRowBytes = maxRow * utf8.UTFMax

// readRows reads on at a place in a file.
func readRows(in io.Reader, offset, line int64) *rows {
	return &rows{bufio.NewReaderSize(in, 64<<10), offset, line}
}

var errTooLong = fault.New(fault.InvalidParameter, "The row has more than 16000 characters.")

// next reads a line without its end. A line that is too long is read and
// forgotten, with errTooLong; the file goes on after it. io.EOF is the end. The
// line is good until the next call.
func (r *rows) next() ([]byte, error) {
	var long []byte
	tooLong := false
	for {
		part, err := r.in.ReadSlice('\n')
		r.offset += int64(len(part))
		switch {
		case err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF):
			return nil, err
		case err != nil && len(part) == 0 && len(long) == 0 && !tooLong:
			return nil, io.EOF
		}
		more := errors.Is(err, bufio.ErrBufferFull)
		if more || long != nil {
			if tooLong = tooLong || len(long)+len(part) > maxRowBytes+2; tooLong {
				long = long[:0]
			} else {
				long = append(long, part...)
			}
			part = long
		}
		if more {
			continue
		}
		r.line++
		if tooLong {
			return nil, errTooLong
		}
		part = bytes.TrimSuffix(part, []byte("\n"))
		part = bytes.TrimSuffix(part, []byte("\r"))
		if r.line == 1 {
			part = bytes.TrimPrefix(part, []byte("\uFEFF")) // what a spreadsheet may write first
		}
		if len(part) > maxRow && utf8.RuneCount(part) > maxRow {
			return nil, errTooLong
		}
		return part, nil
	}
}

// What can be wrong with a row, told to people as it is.
var (
	errNotUTF8 = fault.New(fault.InvalidParameter, "The row is not UTF-8.")
	errQuotes  = fault.New(fault.InvalidParameter, "A quotation mark is not closed, or something follows before the comma.")
)

// split takes a row apart into its values.
func split(line string) ([]string, error) {
	if !utf8.ValidString(line) {
		return nil, errNotUTF8
	}
	values := make([]string, 0, strings.Count(line, ",")+1)
	for {
		value, rest, err := cut(line)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		if rest == "" {
			return values, nil
		}
		line = rest[1:] // after the comma
	}
}

const space = " \t\r"

// cut takes the first value off; the rest begins with its comma, or is empty.
func cut(line string) (value, rest string, err error) {
	trimmed := strings.TrimLeft(line, space)
	if strings.HasPrefix(trimmed, `"`) {
		return cutQuoted(trimmed[1:])
	}
	end := comma(trimmed)
	value, rest = trimmed[:end], trimmed[end:]
	return strings.Trim(strings.ReplaceAll(value, `\,`, `,`), space), rest, nil
}

// comma finds the first comma that no backslash stands before, or the end.
func comma(s string) int {
	for from := 0; ; {
		at := strings.IndexByte(s[from:], ',')
		switch {
		case at < 0:
			return len(s)
		case from+at > 0 && s[from+at-1] == '\\':
			from += at + 1
		default:
			return from + at
		}
	}
}

func cutQuoted(s string) (value, rest string, err error) {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '"')
		if at < 0 {
			return "", "", errQuotes
		}
		b.WriteString(s[:at])
		s = s[at+1:]
		if !strings.HasPrefix(s, `"`) {
			break
		}
		b.WriteByte('"')
		s = s[1:]
	}
	rest = strings.TrimLeft(s, space)
	if rest != "" && rest[0] != ',' {
		return "", "", errQuotes
	}
	return strings.Trim(strings.ReplaceAll(b.String(), `\,`, `,`), space), rest, nil
}
