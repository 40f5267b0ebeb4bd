package userimport

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
		err  error
	}{
		{"", []string{""}, nil},
		{"a,b,c", []string{"a", "b", "c"}, nil},
		{"a,,", []string{"a", "", ""}, nil},
		{" a \t, b ,c ", []string{"a", "b", "c"}, nil},
		{`12 Main Street\, Anytown,b`, []string{"12 Main Street, Anytown", "b"}, nil},
		{`\,,\,`, []string{",", ","}, nil},
		{`C:\dir,a\b`, []string{`C:\dir`, `a\b`}, nil}, // a backslash before anything else is one
		{`"a,b",c`, []string{"a,b", "c"}, nil},
		{` "a" , "b" `, []string{"a", "b"}, nil},
		{`"say ""hello""",b`, []string{`say "hello"`, "b"}, nil},
		{`"a\, b","c\"`, []string{"a, b", `c\`}, nil},
		{`"",x`, []string{"", "x"}, nil},
		{`say "hello",b`, []string{`say "hello"`, "b"}, nil}, // only at the beginning
		{`" a "`, []string{"a"}, nil},
		{`"a`, nil, errQuotes},
		{`"a"b,c`, nil, errQuotes},
		{`"a""`, nil, errQuotes},
		{"a,\xff", nil, errNotUTF8},
		{"ann,Zoë,日本", []string{"ann", "Zoë", "日本"}, nil},
	} {
		got, err := split(c.line)
		if !errors.Is(err, c.err) || !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, %v, want %q, %v", c.line, got, err, c.want, c.err)
		}
	}
}

// all reads a file to its end: each line, or what was wrong with it.
func all(t testing.TB, in *rows) (lines []string) {
	t.Helper()
	for {
		line, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return lines
		case errors.Is(err, errTooLong):
			lines = append(lines, "too long")
		case err != nil:
			t.Fatal(err)
		default:
			lines = append(lines, string(line))
		}
	}
}

func TestRows(t *testing.T) {
	long, longest := strings.Repeat("x", maxRow+1), strings.Repeat("é", maxRow)
	for _, c := range []struct {
		name, file string
		want       []string
	}{
		{"nothing", "", nil},
		{"one line without an end", "a", []string{"a"}},
		{"unix", "a\nb\n", []string{"a", "b"}},
		{"windows", "a\r\nb\r\n\r\n", []string{"a", "b", ""}},
		{"a byte order mark, once", "\uFEFFa\n\uFEFFb\n", []string{"a", "\uFEFFb"}},
		{"the longest row has characters, not bytes", longest + "\nb\n", []string{longest, "b"}},
		{"a row that is too long ends with its line", long + "\nb\n", []string{"too long", "b"}},
		{"far too long", strings.Repeat("x", 1<<20) + "\nb\n", []string{"too long", "b"}},
		{"too long at the end", "a\n" + strings.Repeat("x", 1<<20), []string{"a", "too long"}},
		{"as long as the buffer", strings.Repeat("é", 32<<10) + "\nb", []string{"too long", "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, from := range []io.Reader{strings.NewReader(c.file), iotest.OneByteReader(strings.NewReader(c.file)), iotest.DataErrReader(strings.NewReader(c.file))} {
				in := readRows(from, 0, 0)
				if got := all(t, in); !slices.Equal(got, c.want) {
					t.Errorf("got %d lines %.60q, want %.60q", len(got), got, c.want)
				}
				if in.offset != int64(len(c.file)) || in.line != int64(len(c.want)) {
					t.Errorf("at byte %d of %d, line %d", in.offset, len(c.file), in.line)
				}
			}
		})
	}
	t.Run("what fails is no end", func(t *testing.T) {
		broken := errors.New("broken")
		in := readRows(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), 0, 0)
		if line, err := in.next(); string(line) != "a" || err != nil {
			t.Fatalf("got %q, %v", line, err)
		}
		if _, err := in.next(); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	})
}

// FuzzRows holds what must be true of any file: each line is read once, reading on
// at any line gives the rest, and no value has an end of a line in it.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{"", "a,b\n", "\uFEFFa\r\n\"b\"\"\",c\\,d\n", "\"a\nb\"", "a,\xff\n\n,", strings.Repeat("x", maxRow+1) + "\ny"} {
		f.Add(seed, 1)
	}
	f.Fuzz(func(t *testing.T, file string, stop int) {
		whole := readRows(strings.NewReader(file), 0, 0)
		lines := all(t, whole)
		if want := strings.Count(file, "\n"); len(lines) != want && len(lines) != want+1 {
			t.Fatalf("got %d lines of a file with %d ends of lines", len(lines), want)
		}
		if whole.offset != int64(len(file)) {
			t.Fatalf("read %d bytes of %d", whole.offset, len(file))
		}
		in := readRows(strings.NewReader(file), 0, 0)
		n := 0
		for ; n < min(max(stop, 0), len(lines)); n++ {
			in.next() //nolint:errcheck // its errors are those of the whole
		}
		if rest := all(t, readRows(strings.NewReader(file[in.offset:]), in.offset, in.line)); !slices.Equal(rest, lines[n:]) {
			t.Fatalf("reading on after %d lines: got %q, want %q", n, rest, lines[n:])
		}
		for _, line := range lines {
			values, err := split(line)
			if err == nil && len(values) == 0 {
				t.Fatalf("%q has no values", line)
			}
			for _, v := range values {
				if strings.Contains(v, "\n") || !utf8.ValidString(v) || strings.Trim(v, space) != v {
					t.Fatalf("%q has the value %q", line, v)
				}
			}
		}
	})
}

// FuzzSplit writes values as RFC 4180 has them, and reads the same.
func FuzzSplit(f *testing.F) {
	f.Add("a", "b,c", `d"e`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		values := []string{a, b, c}
		var quoted []string
		for i, v := range values {
			v = strings.NewReplacer("\n", "", `\,`, "").Replace(strings.ToValidUTF8(v, ""))
			values[i] = strings.Trim(v, space)
			quoted = append(quoted, `"`+strings.ReplaceAll(v, `"`, `""`)+`"`)
		}
		got, err := split(strings.Join(quoted, ","))
		if err != nil || !slices.Equal(got, values) {
			t.Fatalf("got %q, %v, want %q", got, err, values)
		}
	})
}
