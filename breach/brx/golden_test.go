package brx_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/breach/brx"
)

var update = flag.Bool("update", false, "write the golden files anew")

// field names bytes of the golden file.
type field struct {
	off, size int
	name      string
}

// goldenFields says what every byte of the golden file is; bytes that no field names are zero.
var goldenFields = []field{
	{0, 8, "magic"}, {8, 2, "major"}, {10, 2, "minor"}, {12, 4, "length of the superblock"},
	{16, 4, "flags: tail, counts, exact counts in the tail"},
	{20, 1, "SHA-1"}, {21, 1, "bytes of a hash"}, {22, 1, "S: 2 bits of bucket"}, {23, 1, "R: 40 bits of remainder"},
	{24, 8, "entries"}, {32, 8, "pages"}, {40, 8, "where pages begin"}, {48, 8, "where the directory begins"},
	{56, 4, "bytes of a row of the directory"}, {60, 4, "CRC-32C of the directory"},
	{64, 8, "where the tail directory begins"}, {72, 8, "where the tail begins"}, {80, 8, "length of the tail"}, {88, 4, "CRC-32C of the tail directory"},
	{96, 8, "built, seconds since 1970"}, {104, 8, "epoch"}, {112, 16, "UUID"},
	{144, 8, "largest count"}, {152, 8, "sum of counts"},
	{160, 8, "entries with a count of 1"}, {160 + 8, 8, "of 2 and 3"}, {160 + 24, 8, "of 8 to 15"}, {160 + 64, 8, "of 256 to 511"}, {160 + 18*8, 8, "of 2^18 and more"},
	{320, 10, "source"}, {448, 3, "licence"}, {4092, 4, "CRC-32C of the superblock"},

	{4096, 4, "CRC-32C of the page"}, {4100, 4, "first bucket"}, {4104, 2, "entries"}, {4106, 2, "buckets"},
	{4108, 16, "hints: no bucket ends behind word 4"}, {4124, 4, "rank of the first entry"},
	{4128, 32, "6 remainders of 40 bits, and 16 bits of padding"},
	{4160, 8, "buckets in unary: a 0 for each entry, a 1 at the end of each bucket"},
	{4168, 4, "classes of counts, 2 bits each, and levels of escapes, 4 bits each"},

	{8192, 4, "directory: first bucket of the page"},
	{8196, 8, "tail directory: where the block of the page begins"},
	{8204, 98, "6 rests of 118 bits (22 of the first 64, then 64, then 32), then 76 extra bits of counts"}, {8302, 4, "CRC-32C of the block"},
}

func golden(t *testing.T) []byte {
	var all entries
	for password, count := range map[string]uint64{
		"password": 52_256_179, "123456": 209_972_844, "correct horse battery staple": 384, "Tr0ub4dor&3": 9, "gatehouse": 3, "kX9#fm2vQp-wallaby": 1,
	} {
		all = append(all, brx.Entry{Hash: sha1.Sum([]byte(password)), Count: count})
	}
	return fileOf(t, brx.Options{
		Alg: brx.SHA1, Expected: 5, Tail: true, Epoch: 7, Built: time.Unix(1_764_547_200, 0),
		UUID: [16]byte{0xb, 0xe, 0xa, 0xc}, Source: "an example", Licence: "CC0",
	}, all.sort())
}

func TestGolden(t *testing.T) {
	file := golden(t)
	var text strings.Builder
	fmt.Fprintf(&text, "# A BRX 1.0 file of %d bytes: six SHA-1 hashes with a tail. Bytes not listed are zero.\n", len(file))
	rest := bytes.Clone(file)
	for _, f := range goldenFields {
		fmt.Fprintf(&text, "%5d  %-48s  %s\n", f.off, spaced(file[f.off:min(f.off+f.size, len(file))]), f.name)
		clear(rest[f.off:min(f.off+f.size, len(file))])
	}
	for i, b := range rest {
		if b != 0 {
			t.Errorf("byte %d is %#x, and no field names it", i, b)
		}
	}
	const path = "testdata/golden.txt"
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("the format has changed: a new version, or an accident?\ngot:\n%s\nwant:\n%s", text.String(), want)
	}
}

func TestGoldenDump(t *testing.T) {
	s, err := brx.OpenBytes(golden(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(context.Background(), nil); err != nil {
		t.Error(err)
	}
	var got bytes.Buffer
	for page := -1; page < 1; page++ {
		if err := s.Dump(&got, page); err != nil {
			t.Fatal(err)
		}
	}
	const path = "testdata/dump.txt"
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
	if err := s.Dump(&got, 1); err == nil {
		t.Error("a page that is not there was shown")
	}
}

func spaced(b []byte) string {
	if len(b) <= 16 {
		return fmt.Sprintf("% x", b)
	}
	return hex.EncodeToString(b)
}
