package atlas

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
)

// The parts of a file, in the order in which they lie.
const (
	partAbout = iota
	partCountries
	partRegions
	partPlaces
	partNetworks
	partNames
	partCode4
	partKeys4
	partLines4
	partCode6
	partKeys6
	partLines6
	parts
)

var partTitles = [parts]string{
	"about", "countries", "regions", "places", "networks", "names",
	"code 4", "keys 4", "lines 4", "code 6", "keys 6", "lines 6",
}

const (
	magic = "GHATLAS1"
	major = 1
	minor = 0

	headerBytes = 192
	partsAt     = 32
	partRow     = 12
	headerCRCAt = headerBytes - 4

	countryRow = 8
	regionRow  = 5
	placeRow   = 10
	networkRow = 9

	maxCountries = 256
	maxRegions   = 1 << 16
	maxNames     = 1 << 24
	maxFile      = 1 << 30
	maxAbout     = 4096
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrFormat is in every error about the bytes of a file.
var ErrFormat = errors.New("not a sound atlas")

// Open reads the head, the codes and the directory of a file, a few milliseconds
// of work. The Atlas goes on reading from data: a file that others may change
// must be read into memory first, and one that strangers may have made deserves
// [Atlas.Verify].
func Open(data string) (*Atlas, error) {
	a, err := open(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return a, nil
}

func open(data string) (*Atlas, error) {
	part, err := split(data)
	if err != nil {
		return nil, err
	}
	a := &Atlas{
		data:      data,
		countries: part[partCountries], regions: part[partRegions], places: part[partPlaces],
		networks: part[partNetworks], names: part[partNames],
	}
	for i, row := range map[int]int{partCountries: countryRow, partRegions: regionRow, partPlaces: placeRow, partNetworks: networkRow} {
		if len(part[i])%row != 0 {
			return nil, fmt.Errorf("%s: %d bytes, rows have %d", partTitles[i], len(part[i]), row)
		}
	}
	home, err := homes(part[partCountries])
	if err != nil {
		return nil, err
	}
	for i, f := range []*family{&a.v4, &a.v6} {
		f.countries, f.width = home, uint(32<<i)
		first := partCode4 + i*(partCode6-partCode4)
		if err := f.open(part[first], part[first+1], part[first+2]); err != nil {
			return nil, fmt.Errorf("IPv%d: %w", 4+2*i, err)
		}
	}
	source, licence, err := about(part[partAbout])
	if err != nil {
		return nil, err
	}
	a.info = Info{
		Built: time.Unix(int64(u64(data, 16)), 0).UTC(), Source: source, Licence: licence,
		Places: len(a.places) / placeRow, Networks: len(a.networks) / networkRow,
		Regions: len(a.regions) / regionRow, Countries: len(a.countries) / countryRow,
		Ranges4: int(u32(data, 24)), Ranges6: int(u32(data, 28)),
		Lines4: len(a.v4.keys), Lines6: len(a.v6.keys), Bytes: len(data),
	}
	return a, nil
}

// split checks the head and finds the parts, which lie without a gap up to the
// end of the file.
func split(data string) (part [parts]string, err error) {
	if len(data) < headerBytes || len(data) > maxFile {
		return part, fmt.Errorf("%d bytes long", len(data))
	}
	if data[:len(magic)] != magic {
		return part, errors.New("it does not begin as one")
	}
	if v := u16(data, 8); v != major {
		return part, fmt.Errorf("version %d: this program reads %d", v, major)
	}
	if crc32.Checksum([]byte(data[:headerCRCAt]), castagnoli) != u32(data, headerCRCAt) {
		return part, errors.New("the head is damaged")
	}
	if u32(data, 12) != headerBytes {
		return part, fmt.Errorf("a head of %d bytes", u32(data, 12))
	}
	end := uint64(headerBytes)
	for i := range part {
		at, size := uint64(u32(data, partsAt+i*partRow)), uint64(u32(data, partsAt+i*partRow+4))
		if at != end || at+size > uint64(len(data)) {
			return part, fmt.Errorf("%s: bytes %d to %d of %d, want it to begin at %d", partTitles[i], at, at+size, len(data), end)
		}
		end = at + size
		part[i] = data[at:end]
	}
	if end != uint64(len(data)) {
		return part, fmt.Errorf("%d bytes after the end", uint64(len(data))-end)
	}
	return part, nil
}

// homes reads where the places and networks of countries begin. A block may name
// any of 256 countries: those that are not there begin at 0.
func homes(table string) (*[maxCountries]country, error) {
	if len(table) > maxCountries*countryRow {
		return nil, fmt.Errorf("%d countries", len(table)/countryRow)
	}
	var home [maxCountries]country
	for i := 0; i*countryRow < len(table); i++ {
		row := table[i*countryRow:]
		home[i] = country{place: u24(row, 2), network: u24(row, 5)}
	}
	return &home, nil
}

// open reads the codes and the directory of a family.
func (f *family) open(code, keys, lines string) (err error) {
	if len(code) < maxSymbols+answerSymbols {
		return fmt.Errorf("codes of %d bytes", len(code))
	}
	if f.steps, err = newDecoder([]byte(code[:maxSymbols]), stepRow); err != nil {
		return fmt.Errorf("steps: %w", err)
	}
	code = code[maxSymbols:]
	if f.answers, err = newDecoder([]byte(code[:answerSymbols]), answerRow); err != nil {
		return fmt.Errorf("answers: %w", err)
	}
	f.distances = new([maxSymbols]uint64)
	if rest, err := uvarints(code[answerSymbols:], f.distances[:stepOther]); err != nil || rest != "" {
		return fmt.Errorf("distances: %d bytes too many: %w", len(rest), err)
	}

	count := (len(lines) - lineSlack) / lineBytes
	if len(lines) < lineSlack || count*lineBytes+lineSlack != len(lines) || count > len(keys) {
		return fmt.Errorf("lines of %d bytes, a directory of %d", len(lines), len(keys))
	}
	f.lines = lines
	f.keys = make([]uint64, count)
	if rest, err := uvarints(keys, f.keys); err != nil || rest != "" {
		return fmt.Errorf("directory: %d bytes too many: %w", len(rest), err)
	}
	for i := 1; i < count; i++ {
		if f.keys[i] == 0 || f.keys[i]+f.keys[i-1] < f.keys[i-1] {
			return errors.New("a directory out of order")
		}
		f.keys[i] += f.keys[i-1]
	}
	if count > 0 && f.keys[count-1]>>(f.width-1) > 1 {
		return fmt.Errorf("a key of more than %d bits", f.width)
	}
	f.guide = guided(f.keys, f.width)
	return nil
}

// lineSlack is read, and ignored, behind the last line.
const lineSlack = 8

const answerSymbols = placeTells * networkTells

// uvarints fills a list and returns what is left.
func uvarints(s string, list []uint64) (string, error) {
	for i := range list {
		n, size := uvarint(s)
		if size <= 0 {
			return s, fmt.Errorf("number %d of %d is cut off", i, len(list))
		}
		list[i], s = n, s[size:]
	}
	return s, nil
}

func uvarint(s string) (n uint64, size int) {
	for i := 0; i < len(s) && i < binary.MaxVarintLen64; i++ {
		n |= uint64(s[i]&0x7f) << (7 * i)
		if s[i] < 0x80 {
			return n, i + 1
		}
	}
	return 0, 0
}

// about reads two texts with their lengths.
func about(s string) (source, licence string, err error) {
	for _, text := range []*string{&source, &licence} {
		if len(s) < 2 || len(s) < 2+int(u16(s, 0)) {
			return "", "", errors.New("what it says of itself is cut off")
		}
		n := 2 + int(u16(s, 0))
		*text, s = strings.ToValidUTF8(s[2:n], "?"), s[n:]
	}
	return source, licence, nil
}
